// layer_norm, layer_norm_grad (Ba et al. 2016).
#include <algorithm>

#include "ops/operations.h"

namespace lmos::reference {
namespace {

// x: [.., E]; w: [E]; mean, rstd: [..].
void expect_norm(const Node& node, const Tensor& x, const Tensor& w, const Tensor& mean,
                 const Tensor& rstd) {
  node.expect(x.rank() >= 1 && w.is_float() && w.dims == std::vector{x.last()},
              "x [..,E] and w [E]");
  node.expect(rstd.dtype == statistic_dtype(x.dtype) && rstd == mean &&
                  rstd.dims == std::vector<int64_t>(x.dims.begin(), x.dims.end() - 1),
              "mean and rstd [..] in f32, or f64 for an f64 x");
}

}  // namespace

Kernel prepare_layer_norm(const Node& node) {
  node.expect_operands(3, 0, 3);
  const Tensor &x = node.input(0), &w = node.input(1);
  expect_norm(node, x, w, node.output(1), node.output(2));
  node.expect(node.input(2) == w && node.output(0) == x, "b of w's type and y of x's");
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [rows = x.rows(), embed = x.last(), w_dtype = w.dtype,
            epsilon = node.number("epsilon")](const Operands& operands) {
      FloatReader w(operands[1], w_dtype), b(operands[2], w_dtype);
      for (int64_t n = 0; n < rows; ++n) {
        const T* x = operands.as<T>(0) + n * embed;
        T* y = operands.as<T>(3) + n * embed;
        double mean = 0, variance = 0;
        for (int64_t i = 0; i < embed; ++i) mean += widen(x[i]);
        mean /= static_cast<double>(embed);
        for (int64_t i = 0; i < embed; ++i) variance += (widen(x[i]) - mean) * (widen(x[i]) - mean);
        variance /= static_cast<double>(embed);
        double rstd = 1 / std::sqrt(variance + epsilon);
        for (int64_t i = 0; i < embed; ++i) {
          y[i] = narrow<T>((widen(x[i]) - mean) * rstd * w[i] + b[i]);
        }
        operands.as<stat_t<T>>(4)[n] = static_cast<stat_t<T>>(mean);
        operands.as<stat_t<T>>(5)[n] = static_cast<stat_t<T>>(rstd);
      }
    };
  })};
}

Kernel prepare_layer_norm_grad(const Node& node) {
  node.expect_operands(5, 0, 3);
  const Tensor &x = node.input(1), &w = node.input(2);
  expect_norm(node, x, w, node.input(3), node.input(4));
  node.expect(node.input(0) == x && node.output(0) == x, "dy and dx of x's type");
  node.expect(node.output(1) == w && node.output(2) == w, "dw and db of w's type");
  Kernel kernel{by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [rows = x.rows(), embed = x.last(), w_dtype = w.dtype](const Operands& operands) {
      FloatReader w(operands[2], w_dtype);
      FloatWriter dw(operands[6], w_dtype), db(operands[7], w_dtype);
      double* dw_sum = operands.scratch<double>();  // [E]
      double* db_sum = dw_sum + embed;              // [E]
      std::fill_n(dw_sum, 2 * embed, 0.0);
      for (int64_t n = 0; n < rows; ++n) {
        const T* dy = operands.as<T>(0) + n * embed;
        const T* x = operands.as<T>(1) + n * embed;
        T* dx = operands.as<T>(5) + n * embed;
        double mean = operands.as<stat_t<T>>(3)[n], rstd = operands.as<stat_t<T>>(4)[n];
        // With h = (x − mean) · rstd and g = dy · w: dx = rstd · (g − mean(g) − h · mean(g · h)),
        // dw = Σ dy · h, db = Σ dy.
        double level = 0, slope = 0;
        for (int64_t i = 0; i < embed; ++i) {
          double h = (widen(x[i]) - mean) * rstd;
          level += widen(dy[i]) * w[i];
          slope += widen(dy[i]) * w[i] * h;
          dw_sum[i] += widen(dy[i]) * h;
          db_sum[i] += widen(dy[i]);
        }
        level /= static_cast<double>(embed);
        slope /= static_cast<double>(embed);
        for (int64_t i = 0; i < embed; ++i) {
          double h = (widen(x[i]) - mean) * rstd;
          dx[i] = narrow<T>(rstd * (widen(dy[i]) * w[i] - level - h * slope));
        }
      }
      for (int64_t i = 0; i < embed; ++i) {
        dw.set(i, dw_sum[i]);
        db.set(i, db_sum[i]);
      }
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(2 * x.last()) * sizeof(double);
  return kernel;
}

}  // namespace lmos::reference
