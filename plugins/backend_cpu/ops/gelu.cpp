// gelu, gelu_grad.
#include "ops/operations.h"

namespace lmos::backend_cpu {

Prepared prepare_gelu(const Node& node, const Machine& machine) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0);
  node.require(x.is_float() && x.same_type(node.output(0)), "f32, bf16 or f16 of one type");
  return {[kernel = machine.kernels.gelu.gelu, type = float_type(x),
           approximate = node.integer_or("approximate", 0) != 0,
           count = x.elements](const Run& run) {
    kernel(run.parallel, {type, approximate, count, run[0], run[1]});
  }};
}

Prepared prepare_gelu_grad(const Node& node, const Machine& machine) {
  node.require_operands(2, 0, 1);
  const Tensor x = node.input(1);
  node.require(x.is_float() && x.same_type(node.input(0)) && x.same_type(node.output(0)),
               "f32, bf16 or f16 of one type");
  return {[kernel = machine.kernels.gelu.gelu_grad, type = float_type(x),
           approximate = node.integer_or("approximate", 0) != 0,
           count = x.elements](const Run& run) {
    kernel(run.parallel, {type, approximate, count, run[0], run[1], run[2]});
  }};
}

}  // namespace lmos::backend_cpu
