// cast, assign, accumulate: element by element from one dtype to another.
#include "ops/element_types.h"
#include "ops/operations.h"

namespace lmos::backend_cpu {
namespace {

// Converts operand `from` into operand `to`.
Prepared convert(const Machine& machine, const Tensor& x, size_t from, const Tensor& y, size_t to,
                 bool accumulate) {
  if (x.is_float() && y.is_float()) {
    return {[=, kernel = machine.kernels.elementwise.convert, from_type = float_type(x),
             to_type = float_type(y), count = x.elements](const Run& run) {
      kernel(run.parallel, {from_type, to_type, accumulate, count, run[from], run[to]});
    }};
  }
  return {[=, from_type = scalar_type(x), to_type = scalar_type(y),
           count = x.elements](const Run& run) {
    cpu::scalar_convert(run.parallel, {from_type, to_type, accumulate, count, run[from], run[to]});
  }};
}

Prepared change_state(const Node& node, const Machine& machine, bool accumulate) {
  node.require_operands(2, 0, 0);
  node.require(node.input(0).same_dims(node.input(1)), "a state and a value of one shape");
  Prepared prepared = convert(machine, node.input(1), 1, node.input(0), 0, accumulate);
  prepared.states = {0};
  return prepared;
}

}  // namespace

Prepared prepare_cast(const Node& node, const Machine& machine) {
  node.require_operands(1, 0, 1);
  node.require(node.input(0).same_dims(node.output(0)), "an output of the input's shape");
  return convert(machine, node.input(0), 0, node.output(0), 1, false);
}

Prepared prepare_assign(const Node& node, const Machine& machine) {
  return change_state(node, machine, false);
}

Prepared prepare_accumulate(const Node& node, const Machine& machine) {
  return change_state(node, machine, true);
}

}  // namespace lmos::backend_cpu
