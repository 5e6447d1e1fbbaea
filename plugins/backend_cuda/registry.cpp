// The operations that this backend offers, by name.
#include <map>
#include <set>
#include <string>

#include "llmasos/error.hpp"
#include "ops/operations.h"

namespace lmos::backend_cuda {

Prepared prepare_operation(const Node& node, const Device& device) {
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
      {"reshape", prepare_movement},
      {"transpose", prepare_movement},
      {"slice", prepare_movement},
      {"pad", prepare_movement},
      {"concat", prepare_movement},
      {"reduce_sum", prepare_reduce},
      {"reduce_max", prepare_reduce},
      {"matmul", prepare_matmul},
      {"matmul_add", prepare_matmul_add},
      {"gather_rows", prepare_gather_rows},
      {"scatter_add_rows", prepare_scatter_add_rows},
      {"random_uniform", prepare_random_uniform},
      {"assign", prepare_assign},
      {"accumulate", prepare_accumulate},
      {"largest", prepare_largest},
      {"linear", prepare_linear},
      {"linear_weight_grad", prepare_linear_weight_grad},
      {"linear_gelu", prepare_linear_gelu},
      {"matmul_gelu_grad", prepare_matmul_gelu_grad},
      {"rms_norm", prepare_rms_norm},
      {"rms_norm_grad", prepare_rms_norm_grad},
      {"add_rms_norm", prepare_add_rms_norm},
      {"layer_norm", prepare_layer_norm},
      {"add_layer_norm", prepare_add_layer_norm},
      {"layer_norm_grad", prepare_layer_norm_grad},
      {"rope", prepare_rope},
      {"swiglu", prepare_swiglu},
      {"swiglu_grad", prepare_swiglu_grad},
      {"gelu", prepare_gelu},
      {"gelu_grad", prepare_gelu_grad},
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
  const auto found = operations.find(node.op());
  if (found == operations.end())
    throw sdk::unsupported("cuda: there is no operation `" + std::string(node.op()) + "`");
  static const std::set<std::string_view> quantized = {"linear_quantized", "linear_add",
                                                       "rms_norm_linear", "rms_norm_swiglu"};
  if (!quantized.contains(node.op())) node.require_unquantized();
  return found->second(node, device);
}

}  // namespace lmos::backend_cuda
