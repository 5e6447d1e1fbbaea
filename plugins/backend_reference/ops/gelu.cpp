// gelu and its gradient, alone and beside a product (Hendrycks and Gimpel 2016).
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

Kernel prepare_linear_gelu(const Node& node) {
  node.expect_operands(2, 1, 2);
  const Tensor &x = node.input(0), &w = node.input(1), &y = node.output(0);
  bool transposed = node.integer("transposed", 0) != 0, biased = node.has_input(2);
  node.expect(x.rank() >= 1 && w.rank() == 2 && w.dtype == x.dtype &&
                  w.dims[transposed ? 0 : 1] == x.last() && node.output(1) == y &&
                  y.dtype == x.dtype && y.last() == w.dims[transposed ? 1 : 0] &&
                  y.rows() == x.rows(),
              "x [..,I], w [O,I] or, if `transposed`, [I,O], y and h [..,O]");
  node.expect(!biased || (node.input(2).is_float() && node.input(2).dims == std::vector{y.last()}),
              "a float b [O]");
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [=, rows = x.rows(), in = x.last(), out = y.last(), first = node.inputs().size(),
            bias_dtype = biased ? node.input(2).dtype : 0,
            approximate = node.integer("approximate", 0) != 0](const Operands& operands) {
      const T *x = operands.as<T>(0), *w = operands.as<T>(1);
      FloatReader bias(biased ? operands[2] : nullptr, bias_dtype);
      T *y = operands.as<T>(first), *h = operands.as<T>(first + 1);
      for (int64_t i = 0; i < rows * out; ++i) {
        const int64_t column = i % out;
        double sum = biased ? bias[column] : 0;
        for (int64_t k = 0; k < in; ++k)
          sum += static_cast<double>(widen(x[i / out * in + k])) *
                 widen(w[transposed ? k * out + column : column * in + k]);
        h[i] = narrow<T>(sum);
        y[i] = narrow<T>(gelu(sum, approximate));
      }
    };
  })};
}

Kernel prepare_matmul_gelu_grad(const Node& node) {
  node.expect_operands(3, 0, 1);
  const Tensor &a = node.input(0), &b = node.input(1), &x = node.input(2);
  bool transposed = node.integer("transpose_b", 0) != 0;
  node.expect(a.rank() == 2 && b.rank() == 2 && x.rank() == 2 && a.dtype == b.dtype &&
                  x.dtype == a.dtype && x.dims[0] == a.dims[0] &&
                  b.dims[transposed ? 1 : 0] == a.dims[1] &&
                  b.dims[transposed ? 0 : 1] == x.dims[1] && node.output(0) == x,
              "a [M,K], b [K,N] or, if `transpose_b`, [N,K], x and dx [M,N]");
  return {by_float(node, a.dtype, [&](auto element) {
    using T = decltype(element);
    return [=, n = x.dims[1], depth = a.dims[1], count = x.elements,
            approximate = node.integer("approximate", 0) != 0](const Operands& operands) {
      const T *a = operands.as<T>(0), *b = operands.as<T>(1), *x = operands.as<T>(2);
      for (int64_t i = 0; i < count; ++i) {
        double sum = 0;
        for (int64_t k = 0; k < depth; ++k)
          sum += static_cast<double>(widen(a[i / n * depth + k])) *
                 widen(b[transposed ? i % n * depth + k : k * n + i % n]);
        operands.as<T>(3)[i] = narrow<T>(sum * slope(widen(x[i]), approximate));
      }
    };
  })};
}

}  // namespace lmos::reference
