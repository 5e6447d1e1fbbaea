// layer_norm, add_layer_norm, layer_norm_grad (Ba et al. 2016).
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

// One row: y = (x − mean) · rstd · w + b.
template <class T>
void normalize_row(const T* x, const FloatReader& w, const FloatReader& b, int64_t embed,
                   double epsilon, T* y, stat_t<T>& mean_result, stat_t<T>& rstd_result) {
  double mean = 0, variance = 0;
  for (int64_t i = 0; i < embed; ++i) mean += widen(x[i]);
  mean /= static_cast<double>(embed);
  for (int64_t i = 0; i < embed; ++i) variance += (widen(x[i]) - mean) * (widen(x[i]) - mean);
  variance /= static_cast<double>(embed);
  double rstd = 1 / std::sqrt(variance + epsilon);
  for (int64_t i = 0; i < embed; ++i) y[i] = narrow<T>((widen(x[i]) - mean) * rstd * w[i] + b[i]);
  mean_result = static_cast<stat_t<T>>(mean);
  rstd_result = static_cast<stat_t<T>>(rstd);
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
      for (int64_t n = 0; n < rows; ++n)
        normalize_row<T>(operands.as<T>(0) + n * embed, w, b, embed, epsilon,
                         operands.as<T>(3) + n * embed, operands.as<stat_t<T>>(4)[n],
                         operands.as<stat_t<T>>(5)[n]);
    };
  })};
}

Kernel prepare_add_layer_norm(const Node& node) {
  node.expect_operands(4, 0, 4);
  const Tensor &x = node.input(0), &w = node.input(2);
  expect_norm(node, x, w, node.output(2), node.output(3));
  node.expect(
      node.input(3) == w && node.input(1) == x && node.output(0) == x && node.output(1) == x,
      "b of w's type, and x, r, sum and y of one");
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [rows = x.rows(), embed = x.last(), w_dtype = w.dtype,
            epsilon = node.number("epsilon")](const Operands& operands) {
      const T *x = operands.as<T>(0), *r = operands.as<T>(1);
      FloatReader w(operands[2], w_dtype), b(operands[3], w_dtype);
      T* sum = operands.as<T>(4);
      for (int64_t i = 0; i < rows * embed; ++i) sum[i] = narrow<T>(widen(x[i]) + widen(r[i]));
      for (int64_t n = 0; n < rows; ++n)
        normalize_row<T>(sum + n * embed, w, b, embed, epsilon, operands.as<T>(5) + n * embed,
                         operands.as<stat_t<T>>(6)[n], operands.as<stat_t<T>>(7)[n]);
    };
  })};
}

Kernel prepare_layer_norm_grad(const Node& node) {
  bool summed = node.integer("sum", 0) != 0;
  node.expect_operands(5, 1, summed ? 4 : 3);
  const Tensor &x = node.input(1), &w = node.input(2);
  expect_norm(node, x, w, node.input(3), node.input(4));
  bool added = node.has_input(5);
  node.expect(node.input(0) == x && node.output(0) == x && (!added || node.input(5) == x),
              "dy, d and dx of x's type");
  node.expect(node.output(1) == w && node.output(2) == w, "dw and db of w's type");
  node.expect(!summed || (node.output(3).dtype == statistic_dtype(x.dtype) &&
                          node.output(3).dims == std::vector{x.last()}),
              "sum [E] in f32, or f64 for an f64 x");
  Kernel kernel{by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [rows = x.rows(), embed = x.last(), w_dtype = w.dtype, added, summed,
            outputs = node.inputs().size()](const Operands& operands) {
      FloatReader w(operands[2], w_dtype);
      FloatWriter dw(operands[outputs + 1], w_dtype), db(operands[outputs + 2], w_dtype);
      double* dw_sum = operands.scratch<double>();  // [E]
      double* db_sum = dw_sum + embed;              // [E]
      double* dx_sum = db_sum + embed;              // [E]
      std::fill_n(dw_sum, 3 * embed, 0.0);
      for (int64_t n = 0; n < rows; ++n) {
        const T* dy = operands.as<T>(0) + n * embed;
        const T* x = operands.as<T>(1) + n * embed;
        T* dx = operands.as<T>(outputs) + n * embed;
        const T* d = added ? operands.as<T>(5) + n * embed : nullptr;
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
          double own = rstd * (widen(dy[i]) * w[i] - level - h * slope);
          if (d) own += widen(d[i]);
          dx[i] = narrow<T>(own);
          dx_sum[i] += own;
        }
      }
      for (int64_t i = 0; i < embed; ++i) {
        dw.set(i, dw_sum[i]);
        db.set(i, db_sum[i]);
        if (summed) operands.as<stat_t<T>>(outputs + 3)[i] = static_cast<stat_t<T>>(dx_sum[i]);
      }
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(3 * x.last()) * sizeof(double);
  return kernel;
}

}  // namespace lmos::reference
