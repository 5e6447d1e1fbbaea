// reduce_sum, reduce_max over neighbouring axes.
#include "ops/operations.h"

namespace lmos::backend_cpu {

Prepared prepare_reduce(const Node& node, const Machine& machine) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  node.require(x.is_float() && x.dtype == y.dtype, "f32, bf16 or f16");
  uint32_t axes = 0;
  for (const int64_t axis : node.integers("axes")) {
    node.require(axis >= 0 && axis < x.rank() && (axes >> axis & 1u) == 0,
                 "distinct axes of the input");
    axes |= 1u << axis;
  }
  // Axes of size 1 count for neither side, so [T, 1, E] reduces over (0, 1) and over 0 alike.
  int64_t outer = 1, reduced = 1, inner = 1;
  for (int64_t i = 0; i < x.rank(); ++i) {
    if (x.dims[i] == 1) continue;
    if ((axes >> i & 1u) != 0) {
      node.require(inner == 1, "axes that are neighbours");
      reduced *= x.dims[i];
    } else {
      (reduced == 1 ? outer : inner) *= x.dims[i];
    }
  }
  node.require(outer * inner == y.elements, "an output without the reduced axes");
  return {[=, kernel = machine.kernels.reduce.reduce, maximum = node.op() == "reduce_max",
           type = float_type(x)](const Run& run) {
    kernel(run.parallel, {maximum, type, outer, reduced, inner, run[0], run[1]});
  }};
}

}  // namespace lmos::backend_cpu
