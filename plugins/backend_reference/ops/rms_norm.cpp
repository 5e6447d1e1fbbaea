// rms_norm, add_rms_norm, rms_norm_grad.
#include <algorithm>

#include "ops/operations.h"

namespace lmos::reference {
namespace {

// x, y: [.., E]; w: [E]; rstd: [..].
void expect_norm(const Node& node, const Tensor& x, const Tensor& w, const Tensor& rstd) {
  node.expect(x.rank() >= 1 && w.is_float() && w.dims == std::vector{x.last()},
              "x [..,E] and w [E]");
  node.expect(rstd.dtype == statistic_dtype(x.dtype) &&
                  rstd.dims == std::vector<int64_t>(x.dims.begin(), x.dims.end() - 1),
              "rstd [..] in f32, or f64 for an f64 x");
}

// One row: y = x · rstd · w; returns rstd.
template <class T>
double normalize(const T* x, const FloatReader& w, T* y, int64_t embed, double epsilon) {
  double squares = 0;
  for (int64_t i = 0; i < embed; ++i) squares += static_cast<double>(widen(x[i])) * widen(x[i]);
  double rstd = 1 / std::sqrt(squares / static_cast<double>(embed) + epsilon);
  for (int64_t i = 0; i < embed; ++i) y[i] = narrow<T>(widen(x[i]) * rstd * w[i]);
  return rstd;
}

}  // namespace

Kernel prepare_rms_norm(const Node& node) {
  node.expect_operands(2, 0, 2);
  const Tensor &x = node.input(0), &w = node.input(1);
  expect_norm(node, x, w, node.output(1));
  node.expect(node.output(0) == x, "y of x's type");
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [rows = x.rows(), embed = x.last(), w_dtype = w.dtype,
            epsilon = node.number("epsilon")](const Operands& operands) {
      const T* x = operands.as<T>(0);
      FloatReader w(operands[1], w_dtype);
      T* y = operands.as<T>(2);
      auto* rstd = operands.as<stat_t<T>>(3);
      for (int64_t n = 0; n < rows; ++n) {
        rstd[n] =
            static_cast<stat_t<T>>(normalize(x + n * embed, w, y + n * embed, embed, epsilon));
      }
    };
  })};
}

Kernel prepare_add_rms_norm(const Node& node) {
  node.expect_operands(3, 0, 3);
  const Tensor &x = node.input(0), &w = node.input(2);
  expect_norm(node, x, w, node.output(2));
  node.expect(node.input(1) == x && node.output(0) == x && node.output(1) == x,
              "x, r, sum and y of one type");
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [rows = x.rows(), embed = x.last(), w_dtype = w.dtype,
            epsilon = node.number("epsilon")](const Operands& operands) {
      const T* x = operands.as<T>(0);
      const T* r = operands.as<T>(1);
      FloatReader w(operands[2], w_dtype);
      T* sum = operands.as<T>(3);
      T* y = operands.as<T>(4);
      auto* rstd = operands.as<stat_t<T>>(5);
      for (int64_t i = 0; i < rows * embed; ++i) sum[i] = narrow<T>(widen(x[i]) + widen(r[i]));
      for (int64_t n = 0; n < rows; ++n) {
        rstd[n] =
            static_cast<stat_t<T>>(normalize(sum + n * embed, w, y + n * embed, embed, epsilon));
      }
    };
  })};
}

Kernel prepare_rms_norm_grad(const Node& node) {
  node.expect_operands(4, 1, 2);
  const Tensor &x = node.input(1), &w = node.input(2);
  expect_norm(node, x, w, node.input(3));
  bool added = node.has_input(4);
  node.expect(node.input(0) == x && node.output(0) == x && (!added || node.input(4) == x),
              "dy, d and dx of x's type");
  node.expect(node.output(1) == w, "dw of w's type");
  Kernel kernel{by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [rows = x.rows(), embed = x.last(), w_dtype = w.dtype, added,
            outputs = node.inputs().size()](const Operands& operands) {
      FloatReader w(operands[2], w_dtype);
      const auto* rstds = operands.as<stat_t<T>>(3);
      FloatWriter dw(operands[outputs + 1], w_dtype);
      double* dw_sum = operands.scratch<double>();  // [E]
      std::fill_n(dw_sum, embed, 0.0);
      for (int64_t n = 0; n < rows; ++n) {
        const T* dy = operands.as<T>(0) + n * embed;
        const T* x = operands.as<T>(1) + n * embed;
        T* dx = operands.as<T>(outputs) + n * embed;
        const T* d = added ? operands.as<T>(4) + n * embed : nullptr;
        double rstd = rstds[n];
        // With h = x · rstd and g = dy · w: dx = rstd · (g − h · mean(g · h)), dw = Σ dy · h.
        double projection = 0;
        for (int64_t i = 0; i < embed; ++i) {
          double h = widen(x[i]) * rstd;
          projection += widen(dy[i]) * w[i] * h;
          dw_sum[i] += widen(dy[i]) * h;
        }
        projection /= static_cast<double>(embed);
        for (int64_t i = 0; i < embed; ++i) {
          double own = rstd * (widen(dy[i]) * w[i] - widen(x[i]) * rstd * projection);
          dx[i] = narrow<T>(d ? own + widen(d[i]) : own);
        }
      }
      for (int64_t i = 0; i < embed; ++i) dw.set(i, dw_sum[i]);
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(x.last()) * sizeof(double);
  return kernel;
}

}  // namespace lmos::reference
