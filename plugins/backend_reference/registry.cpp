#include "registry.h"

#include <map>

#include "ops/operations.h"

namespace lmos::reference {

Prepare find_operation(std::string_view name) {
  static const std::map<std::string_view, Prepare> operations = {
      {"constant", prepare_constant},
      {"iota", prepare_iota},
      {"cast", prepare_cast},
      {"neg", prepare_neg},
      {"exp", prepare_exp},
      {"log", prepare_log},
      {"sqrt", prepare_sqrt},
      {"rsqrt", prepare_rsqrt},
      {"sigmoid", prepare_sigmoid},
      {"tanh", prepare_tanh},
      {"erf", prepare_erf},
      {"sin", prepare_sin},
      {"cos", prepare_cos},
      {"add", prepare_add},
      {"sub", prepare_sub},
      {"mul", prepare_mul},
      {"div", prepare_div},
      {"minimum", prepare_minimum},
      {"maximum", prepare_maximum},
      {"equal", prepare_equal},
      {"less", prepare_less},
      {"select", prepare_select},
      {"broadcast", prepare_broadcast},
      {"reduce_sum", prepare_reduce_sum},
      {"reduce_max", prepare_reduce_max},
      {"reshape", prepare_reshape},
      {"transpose", prepare_transpose},
      {"slice", prepare_slice},
      {"pad", prepare_pad},
      {"concat", prepare_concat},
      {"matmul", prepare_matmul},
      {"matmul_add", prepare_matmul_add},
      {"gather_rows", prepare_gather_rows},
      {"scatter_add_rows", prepare_scatter_add_rows},
      {"random_uniform", prepare_random_uniform},
      {"assign", prepare_assign},
      {"accumulate", prepare_accumulate},
      {"linear", prepare_linear},
      {"linear_weight_grad", prepare_linear_weight_grad},
      {"rms_norm", prepare_rms_norm},
      {"rms_norm_grad", prepare_rms_norm_grad},
      {"add_rms_norm", prepare_add_rms_norm},
      {"layer_norm", prepare_layer_norm},
      {"layer_norm_grad", prepare_layer_norm_grad},
      {"add_layer_norm", prepare_add_layer_norm},
      {"rope", prepare_rope},
      {"swiglu", prepare_swiglu},
      {"swiglu_grad", prepare_swiglu_grad},
      {"gelu", prepare_gelu},
      {"gelu_grad", prepare_gelu_grad},
      {"linear_gelu", prepare_linear_gelu},
      {"matmul_gelu_grad", prepare_matmul_gelu_grad},
      {"attention", prepare_attention},
      {"attention_grad", prepare_attention_grad},
      {"packed_attention", prepare_packed_attention},
      {"packed_attention_grad", prepare_packed_attention_grad},
      {"paged_attention", prepare_paged_attention},
      {"rope_paged_attention", prepare_rope_paged_attention},
      {"rms_norm_linear", prepare_rms_norm_linear},
      {"rms_norm_swiglu", prepare_rms_norm_swiglu},
      {"linear_add", prepare_linear_add},
      {"linear_quantized", prepare_linear_quantized},
      {"linear_cross_entropy", prepare_linear_cross_entropy},
      {"linear_cross_entropy_grad", prepare_linear_cross_entropy_grad},
      {"linear_cross_entropy_step", prepare_linear_cross_entropy_step},
      {"dropout", prepare_dropout},
      {"global_norm", prepare_global_norm},
      {"adamw", prepare_adamw},
  };
  auto found = operations.find(name);
  return found == operations.end() ? nullptr : found->second;
}

}  // namespace lmos::reference
