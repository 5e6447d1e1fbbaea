// The operations by family; each family is a file of this folder.
#pragma once

#include "operation.h"

namespace lmos::backend_cuda {

#define LMOS_OPERATION(name) Prepared prepare_##name(const Node& node, const Device& device)

// fill.cpp
LMOS_OPERATION(constant);
LMOS_OPERATION(iota);
// elementwise.cpp
LMOS_OPERATION(unary);
LMOS_OPERATION(binary);
LMOS_OPERATION(compare);
LMOS_OPERATION(select);
LMOS_OPERATION(cast);
LMOS_OPERATION(assign);
LMOS_OPERATION(accumulate);
// movement.cpp
LMOS_OPERATION(movement);
// reduce.cpp
LMOS_OPERATION(reduce);
// products.cpp
LMOS_OPERATION(matmul);
LMOS_OPERATION(matmul_add);
LMOS_OPERATION(linear);
LMOS_OPERATION(linear_weight_grad);
LMOS_OPERATION(linear_gelu);
LMOS_OPERATION(matmul_gelu_grad);
// skinny_products.cpp
LMOS_OPERATION(rms_norm_linear);
LMOS_OPERATION(rms_norm_swiglu);
LMOS_OPERATION(linear_add);
// quantized_products.cpp
LMOS_OPERATION(linear_quantized);
// rows.cpp
LMOS_OPERATION(gather_rows);
LMOS_OPERATION(scatter_add_rows);
LMOS_OPERATION(largest);
// random.cpp
LMOS_OPERATION(random_uniform);
LMOS_OPERATION(dropout);
// norm.cpp
LMOS_OPERATION(rms_norm);
LMOS_OPERATION(add_rms_norm);
LMOS_OPERATION(rms_norm_grad);
LMOS_OPERATION(layer_norm);
LMOS_OPERATION(add_layer_norm);
LMOS_OPERATION(layer_norm_grad);
// rope.cpp
LMOS_OPERATION(rope);
// activation.cpp
LMOS_OPERATION(swiglu);
LMOS_OPERATION(swiglu_grad);
LMOS_OPERATION(gelu);
LMOS_OPERATION(gelu_grad);
// attention.cpp
LMOS_OPERATION(attention);
LMOS_OPERATION(attention_grad);
LMOS_OPERATION(packed_attention);
LMOS_OPERATION(packed_attention_grad);
LMOS_OPERATION(paged_attention);
LMOS_OPERATION(rope_paged_attention);
// linear_cross_entropy.cpp
LMOS_OPERATION(linear_cross_entropy);
LMOS_OPERATION(linear_cross_entropy_grad);
LMOS_OPERATION(linear_cross_entropy_step);
// optimizer.cpp
LMOS_OPERATION(global_norm);
LMOS_OPERATION(adamw);

#undef LMOS_OPERATION

}  // namespace lmos::backend_cuda
