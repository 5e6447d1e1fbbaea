#include "cpu/rope/rope_reference.h"

#include <cmath>

#include "cpu/testing/values.h"

namespace lmos::cpu::reference {

void rope(const Rope& args) {
  const testing::Reader x(args.type, args.x);
  const testing::Writer y(args.type, args.y);
  const int64_t half = args.dim / 2;
  for (int64_t t = 0; t < args.tokens; ++t) {
    for (int64_t i = 0; i < half; ++i) {
      const float angle = static_cast<float>(args.positions[t]) * args.frequencies[i];
      const double c = std::cos(static_cast<double>(angle));
      const double s = std::sin(static_cast<double>(angle)) * (args.inverse ? -1 : 1);
      for (int64_t h = 0; h < args.heads; ++h) {
        const int64_t at = (t * args.heads + h) * args.dim + i;
        y.set(at, x[at] * c - x[at + half] * s);
        y.set(at + half, x[at + half] * c + x[at] * s);
      }
    }
  }
}

}  // namespace lmos::cpu::reference
