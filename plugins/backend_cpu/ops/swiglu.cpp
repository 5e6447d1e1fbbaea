// swiglu, swiglu_grad.
#include "ops/operations.h"

namespace lmos::backend_cpu {

Prepared prepare_swiglu(const Node& node, const Machine& machine) {
  node.require_operands(2, 0, 1);
  const Tensor gate = node.input(0);
  node.require(gate.is_float() && gate.same_type(node.input(1)) && gate.same_type(node.output(0)),
               "f32, bf16 or f16 of one type");
  return {[kernel = machine.kernels.activation.swiglu, type = float_type(gate),
           count = gate.elements](const Run& run) {
    kernel(run.parallel, {type, count, run[0], run[1], run[2]});
  }};
}

Prepared prepare_swiglu_grad(const Node& node, const Machine& machine) {
  node.require_operands(3, 0, 2);
  const Tensor gate = node.input(1);
  node.require(gate.is_float() && gate.same_type(node.input(0)) && gate.same_type(node.input(2)) &&
                   gate.same_type(node.output(0)) && gate.same_type(node.output(1)),
               "f32, bf16 or f16 of one type");
  return {[kernel = machine.kernels.activation.swiglu_grad, type = float_type(gate),
           count = gate.elements](const Run& run) {
    kernel(run.parallel, {type, count, run[0], run[1], run[2], run[3], run[4]});
  }};
}

}  // namespace lmos::backend_cpu
