#include "cpu/activation/gelu_reference.h"

#include <cmath>
#include <numbers>

#include "cpu/testing/values.h"

namespace lmos::cpu::reference {

using testing::Reader;
using testing::Writer;

namespace {

constexpr double kCubic = 0.044715;
const double kTanhScale = std::sqrt(2 / std::numbers::pi);

double weight(double x, bool approximate) {
  const double form = approximate ? std::tanh(kTanhScale * (x + kCubic * x * x * x))
                                  : std::erf(x / std::numbers::sqrt2);
  return 0.5 * (1 + form);
}

// The derivative of `weight`.
double density(double x, bool approximate) {
  if (!approximate) return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi);
  const double t = std::tanh(kTanhScale * (x + kCubic * x * x * x));
  return 0.5 * (1 - t * t) * kTanhScale * (1 + 3 * kCubic * x * x);
}

}  // namespace

void gelu(const Gelu& args) {
  const Reader x(args.type, args.x);
  for (int64_t i = 0; i < args.count; ++i)
    Writer(args.type, args.y).set(i, x[i] * weight(x[i], args.approximate));
}

void gelu_grad(const GeluGrad& args) {
  const Reader dy(args.type, args.dy), x(args.type, args.x);
  for (int64_t i = 0; i < args.count; ++i) {
    const double slope = weight(x[i], args.approximate) + x[i] * density(x[i], args.approximate);
    Writer(args.type, args.dx).set(i, dy[i] * slope);
  }
}

}  // namespace lmos::cpu::reference
