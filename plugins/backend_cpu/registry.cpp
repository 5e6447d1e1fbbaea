// The operations that this backend offers, by name.
#include <map>

#include "ops/operations.h"

namespace lmos::backend_cpu {

Prepare find_operation(std::string_view name) {
  static const std::map<std::string_view, Prepare> operations = {
      {"constant", prepare_constant},
      {"iota", prepare_iota},
      {"cast", prepare_cast},
      {"neg", prepare_unary},
      {"exp", prepare_unary},
      {"log", prepare_unary},
      {"sqrt", prepare_unary},
      {"rsqrt", prepare_unary},
      {"sigmoid", prepare_unary},
      {"tanh", prepare_unary},
      {"erf", prepare_unary},
      {"sin", prepare_unary},
      {"cos", prepare_unary},
      {"add", prepare_binary},
      {"sub", prepare_binary},
      {"mul", prepare_binary},
      {"div", prepare_binary},
      {"minimum", prepare_binary},
      {"maximum", prepare_binary},
      {"equal", prepare_compare},
      {"less", prepare_compare},
      {"select", prepare_select},
      {"broadcast", prepare_movement},
      {"reduce_sum", prepare_reduce},
      {"reduce_max", prepare_reduce},
      {"reshape", prepare_movement},
      {"transpose", prepare_movement},
      {"slice", prepare_movement},
      {"pad", prepare_movement},
      {"concat", prepare_movement},
      {"matmul", prepare_matmul},
      {"gather_rows", prepare_gather_rows},
      {"scatter_add_rows", prepare_scatter_add_rows},
      {"random_uniform", prepare_random_uniform},
      {"assign", prepare_assign},
      {"accumulate", prepare_accumulate},
      {"linear", prepare_linear},
      {"linear_compact", prepare_linear_compact},
      {"linear_quantized", prepare_linear_quantized},
      {"linear_weight_grad", prepare_linear_weight_grad},
      {"rms_norm", prepare_rms_norm},
      {"rms_norm_grad", prepare_rms_norm_grad},
      {"add_rms_norm", prepare_add_rms_norm},
      {"layer_norm", prepare_layer_norm},
      {"layer_norm_grad", prepare_layer_norm_grad},
      {"rope", prepare_rope},
      {"swiglu", prepare_swiglu},
      {"swiglu_grad", prepare_swiglu_grad},
      {"gelu", prepare_gelu},
      {"gelu_grad", prepare_gelu_grad},
      {"attention", prepare_attention},
      {"attention_grad", prepare_attention_grad},
      {"paged_attention", prepare_paged_attention},
      {"linear_cross_entropy", prepare_linear_cross_entropy},
      {"linear_cross_entropy_grad", prepare_linear_cross_entropy_grad},
      {"linear_cross_entropy_step", prepare_linear_cross_entropy_step},
      {"dropout", prepare_dropout},
      {"global_norm", prepare_global_norm},
      {"adamw", prepare_adamw},
  };
  const auto found = operations.find(name);
  return found == operations.end() ? nullptr : found->second;
}

}  // namespace lmos::backend_cpu
