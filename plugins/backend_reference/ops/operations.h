// The prepare function of each operation of docs/ops.md, in its order. Names and operands are
// documented there.
#pragma once

#include "kernel.h"

namespace lmos::reference {

Kernel prepare_constant(const Node& node);
Kernel prepare_iota(const Node& node);
Kernel prepare_cast(const Node& node);
Kernel prepare_neg(const Node& node);
Kernel prepare_exp(const Node& node);
Kernel prepare_log(const Node& node);
Kernel prepare_sqrt(const Node& node);
Kernel prepare_rsqrt(const Node& node);
Kernel prepare_sigmoid(const Node& node);
Kernel prepare_tanh(const Node& node);
Kernel prepare_erf(const Node& node);
Kernel prepare_sin(const Node& node);
Kernel prepare_cos(const Node& node);
Kernel prepare_add(const Node& node);
Kernel prepare_sub(const Node& node);
Kernel prepare_mul(const Node& node);
Kernel prepare_div(const Node& node);
Kernel prepare_minimum(const Node& node);
Kernel prepare_maximum(const Node& node);
Kernel prepare_equal(const Node& node);
Kernel prepare_less(const Node& node);
Kernel prepare_select(const Node& node);
Kernel prepare_broadcast(const Node& node);
Kernel prepare_reduce_sum(const Node& node);
Kernel prepare_reduce_max(const Node& node);
Kernel prepare_reshape(const Node& node);
Kernel prepare_transpose(const Node& node);
Kernel prepare_slice(const Node& node);
Kernel prepare_pad(const Node& node);
Kernel prepare_concat(const Node& node);
Kernel prepare_matmul(const Node& node);
Kernel prepare_matmul_add(const Node& node);
Kernel prepare_gather_rows(const Node& node);
Kernel prepare_scatter_add_rows(const Node& node);
Kernel prepare_random_uniform(const Node& node);
Kernel prepare_assign(const Node& node);
Kernel prepare_accumulate(const Node& node);
Kernel prepare_largest(const Node& node);
Kernel prepare_linear(const Node& node);
Kernel prepare_linear_weight_grad(const Node& node);
Kernel prepare_rms_norm(const Node& node);
Kernel prepare_rms_norm_grad(const Node& node);
Kernel prepare_add_rms_norm(const Node& node);
Kernel prepare_layer_norm(const Node& node);
Kernel prepare_layer_norm_grad(const Node& node);
Kernel prepare_add_layer_norm(const Node& node);
Kernel prepare_rope(const Node& node);
Kernel prepare_swiglu(const Node& node);
Kernel prepare_swiglu_grad(const Node& node);
Kernel prepare_gelu(const Node& node);
Kernel prepare_gelu_grad(const Node& node);
Kernel prepare_linear_gelu(const Node& node);
Kernel prepare_matmul_gelu_grad(const Node& node);
Kernel prepare_attention(const Node& node);
Kernel prepare_attention_grad(const Node& node);
Kernel prepare_packed_attention(const Node& node);
Kernel prepare_packed_attention_grad(const Node& node);
Kernel prepare_paged_attention(const Node& node);
Kernel prepare_rope_paged_attention(const Node& node);
Kernel prepare_rms_norm_linear(const Node& node);
Kernel prepare_rms_norm_swiglu(const Node& node);
Kernel prepare_linear_add(const Node& node);
Kernel prepare_linear_compact(const Node& node);
Kernel prepare_linear_quantized(const Node& node);
Kernel prepare_linear_cross_entropy(const Node& node);
Kernel prepare_linear_cross_entropy_grad(const Node& node);
Kernel prepare_linear_cross_entropy_step(const Node& node);
Kernel prepare_dropout(const Node& node);
Kernel prepare_global_norm(const Node& node);
Kernel prepare_adamw(const Node& node);

}  // namespace lmos::reference
