#include "ops/operations.h"
#include "ops/rotate.h"

namespace lmos::reference {

Kernel prepare_rope(const Node& node) {
  node.expect_operands(3, 0, 1);
  const Tensor &x = node.input(0), &positions = node.input(1), &frequencies = node.input(2);
  node.expect(x.rank() == 3 && x.last() % 2 == 0 && node.output(0) == x,
              "x [T,H,D] with an even D, and y of its type");
  node.expect(positions.dtype == LMOS_I32 && positions.dims == std::vector{x.dims[0]},
              "i32 positions [T]");
  node.expect(frequencies.dtype == LMOS_F32 && frequencies.dims == std::vector{x.last() / 2},
              "f32 frequencies [D/2]");
  double direction = node.integer("inverse", 0) != 0 ? -1 : 1;
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [direction, tokens = x.dims[0], heads = x.dims[1],
            half = x.last() / 2](const Operands& operands) {
      rotate(operands.as<T>(0), operands.as<T>(3), operands.as<int32_t>(1), operands.as<float>(2),
             direction, tokens, heads, half);
    };
  })};
}

}  // namespace lmos::reference
