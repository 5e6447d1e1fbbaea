// The operations by family; each family is a file of this folder.
#pragma once

#include "operation.h"

namespace lmos::backend_cpu {

#define LMOS_OPERATION(name) Prepared prepare_##name(const Node& node, const Machine& machine)

// fill.cpp
LMOS_OPERATION(constant);
LMOS_OPERATION(iota);
// convert.cpp
LMOS_OPERATION(cast);
LMOS_OPERATION(assign);
LMOS_OPERATION(accumulate);
// elementwise.cpp
LMOS_OPERATION(unary);
LMOS_OPERATION(binary);
LMOS_OPERATION(compare);
LMOS_OPERATION(select);
// movement.cpp
LMOS_OPERATION(movement);
// reduce.cpp
LMOS_OPERATION(reduce);
// products.cpp
LMOS_OPERATION(matmul);
LMOS_OPERATION(linear);
LMOS_OPERATION(linear_compact);
LMOS_OPERATION(linear_quantized);
LMOS_OPERATION(linear_weight_grad);
// rows.cpp
LMOS_OPERATION(gather_rows);
LMOS_OPERATION(scatter_add_rows);
// random.cpp
LMOS_OPERATION(random_uniform);
LMOS_OPERATION(dropout);
// rms_norm.cpp
LMOS_OPERATION(rms_norm);
LMOS_OPERATION(add_rms_norm);
LMOS_OPERATION(rms_norm_grad);
// layer_norm.cpp
LMOS_OPERATION(layer_norm);
LMOS_OPERATION(layer_norm_grad);
// rope.cpp
LMOS_OPERATION(rope);
// swiglu.cpp
LMOS_OPERATION(swiglu);
LMOS_OPERATION(swiglu_grad);
// gelu.cpp
LMOS_OPERATION(gelu);
LMOS_OPERATION(gelu_grad);
// attention.cpp
LMOS_OPERATION(attention);
LMOS_OPERATION(attention_grad);
LMOS_OPERATION(paged_attention);
// linear_cross_entropy.cpp
LMOS_OPERATION(linear_cross_entropy);
LMOS_OPERATION(linear_cross_entropy_grad);
LMOS_OPERATION(linear_cross_entropy_step);
// optimizer.cpp
LMOS_OPERATION(global_norm);
LMOS_OPERATION(adamw);

#undef LMOS_OPERATION

}  // namespace lmos::backend_cpu
