#include "ops/operations.h"

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
    using Math = math_t<T>;
    return [direction, tokens = x.dims[0], heads = x.dims[1],
            half = x.last() / 2](const Operands& operands) {
      const int32_t* positions = operands.as<int32_t>(1);
      const float* frequencies = operands.as<float>(2);
      for (int64_t t = 0; t < tokens; ++t) {
        for (int64_t i = 0; i < half; ++i) {
          Math angle = static_cast<Math>(positions[t]) * static_cast<Math>(frequencies[i]);
          Math cosine = std::cos(angle), sine = static_cast<Math>(direction) * std::sin(angle);
          for (int64_t h = 0; h < heads; ++h) {
            int64_t first = (t * heads + h) * 2 * half + i;
            Math a = widen(operands.as<T>(0)[first]), b = widen(operands.as<T>(0)[first + half]);
            operands.as<T>(3)[first] = narrow<T>(a * cosine - b * sine);
            operands.as<T>(3)[first + half] = narrow<T>(b * cosine + a * sine);
          }
        }
      }
    };
  })};
}

}  // namespace lmos::reference
