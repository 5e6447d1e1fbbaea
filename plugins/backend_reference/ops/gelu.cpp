// gelu, gelu_grad (Hendrycks and Gimpel 2016).
#include <numbers>

#include "ops/operations.h"

namespace lmos::reference {
namespace {

constexpr double kCubic = 0.044715;

// tanh(√(2/π) (x + 0.044715 x³))
double squashed(double x) {
  return std::tanh(std::sqrt(2 / std::numbers::pi) * (x + kCubic * x * x * x));
}

double gelu(double x, bool approximate) {
  return 0.5 * x * (1 + (approximate ? squashed(x) : std::erf(x / std::numbers::sqrt2)));
}

double slope(double x, bool approximate) {
  if (!approximate) {
    double density = std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi);
    return 0.5 * (1 + std::erf(x / std::numbers::sqrt2)) + x * density;
  }
  double t = squashed(x);
  double inner = std::sqrt(2 / std::numbers::pi) * (1 + 3 * kCubic * x * x);
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;
}

}  // namespace

Kernel prepare_gelu(const Node& node) {
  node.expect_operands(1, 0, 1);
  node.expect(node.input(0) == node.output(0), "y of x's type");
  return {by_float(node, node.output(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [n = node.output(0).elements,
            approximate = node.integer("approximate", 0) != 0](const Operands& operands) {
      const T* x = operands.as<T>(0);
      T* y = operands.as<T>(1);
      for (int64_t i = 0; i < n; ++i) y[i] = narrow<T>(gelu(widen(x[i]), approximate));
    };
  })};
}

Kernel prepare_gelu_grad(const Node& node) {
  node.expect_operands(2, 0, 1);
  node.expect(node.input(0) == node.input(1) && node.input(0) == node.output(0),
              "dy, x and dx of one type");
  return {by_float(node, node.output(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [n = node.output(0).elements,
            approximate = node.integer("approximate", 0) != 0](const Operands& operands) {
      const T* dy = operands.as<T>(0);
      const T* x = operands.as<T>(1);
      T* dx = operands.as<T>(2);
      for (int64_t i = 0; i < n; ++i) {
        dx[i] = narrow<T>(widen(dy[i]) * slope(widen(x[i]), approximate));
      }
    };
  })};
}

}  // namespace lmos::reference
