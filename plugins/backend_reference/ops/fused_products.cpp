// rms_norm_linear, rms_norm_swiglu, linear_add.
#include "ops/operations.h"

namespace lmos::reference {
namespace {

// h = x · rstd · norm, rounded to x's type; of one row.
template <class T>
void normalize(const T* x, const FloatReader& norm, double* h, int64_t embed, double epsilon) {
  double squares = 0;
  for (int64_t i = 0; i < embed; ++i) squares += static_cast<double>(widen(x[i])) * widen(x[i]);
  const double rstd = 1 / std::sqrt(squares / static_cast<double>(embed) + epsilon);
  for (int64_t i = 0; i < embed; ++i) h[i] = widen(narrow<T>(widen(x[i]) * rstd * norm[i]));
}

template <class T>
double product(const double* h, const T* w, int64_t embed) {
  double sum = 0;
  for (int64_t i = 0; i < embed; ++i) sum += h[i] * widen(w[i]);
  return sum;
}

// x [..,E] and norm [E] at inputs 0 and 1.
void expect_norm(const Node& node) {
  const Tensor &x = node.input(0), &norm = node.input(1);
  node.expect(x.rank() >= 1 && norm.is_float() && norm.dims == std::vector{x.last()},
              "x [..,E] and norm [E]");
}

// w [O,E] at input `index`, y [..,O] at output `output`.
void expect_weight(const Node& node, size_t index, size_t output) {
  const Tensor &x = node.input(0), &w = node.input(index), &y = node.output(output);
  node.expect(w.dtype == x.dtype && w.rank() == 2 && w.last() == x.last(), "w [O,E] of x's dtype");
  std::vector<int64_t> dims = x.dims;
  dims.back() = w.dims[0];
  node.expect(y.dtype == x.dtype && y.dims == dims, "y [..,O] of x's dtype");
}

}  // namespace

Kernel prepare_rms_norm_linear(const Node& node) {
  constexpr size_t kFirstWeight = 2;
  size_t weights = 1;
  while (weights < 3 && node.has_input(kFirstWeight + weights)) ++weights;
  node.expect_operands(3, 2, weights);
  expect_norm(node);
  std::vector<int64_t> outputs;
  for (size_t i = 0; i < weights; ++i) {
    expect_weight(node, kFirstWeight + i, i);
    outputs.push_back(node.output(i).last());
  }
  const Tensor& x = node.input(0);
  Kernel kernel{by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [outputs, rows = x.rows(), embed = x.last(), norm_dtype = node.input(1).dtype,
            epsilon = node.number("epsilon"), first = node.inputs().size()](const Operands& o) {
      const FloatReader norm(o[1], norm_dtype);
      for (int64_t n = 0; n < rows; ++n) {
        double* h = o.scratch<double>();  // [embed]
        normalize(o.as<T>(0) + n * embed, norm, h, embed, epsilon);
        for (size_t i = 0; i < outputs.size(); ++i) {
          for (int64_t j = 0; j < outputs[i]; ++j) {
            o.as<T>(first + i)[n * outputs[i] + j] =
                narrow<T>(product(h, o.as<T>(kFirstWeight + i) + j * embed, embed));
          }
        }
      }
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(x.last()) * sizeof(double);
  return kernel;
}

Kernel prepare_rms_norm_swiglu(const Node& node) {
  node.expect_operands(4, 0, 1);
  expect_norm(node);
  for (const size_t weight : {2, 3}) expect_weight(node, weight, 0);
  const Tensor& x = node.input(0);
  Kernel kernel{by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [outputs = node.output(0).last(), rows = x.rows(), embed = x.last(),
            norm_dtype = node.input(1).dtype, epsilon = node.number("epsilon")](const Operands& o) {
      const FloatReader norm(o[1], norm_dtype);
      for (int64_t n = 0; n < rows; ++n) {
        double* h = o.scratch<double>();  // [embed]
        normalize(o.as<T>(0) + n * embed, norm, h, embed, epsilon);
        for (int64_t j = 0; j < outputs; ++j) {
          const double gate = product(h, o.as<T>(2) + j * embed, embed);
          const double up = product(h, o.as<T>(3) + j * embed, embed);
          o.as<T>(4)[n * outputs + j] = narrow<T>(gate / (1 + std::exp(-gate)) * up);
        }
      }
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(x.last()) * sizeof(double);
  return kernel;
}

Kernel prepare_linear_add(const Node& node) {
  node.expect_operands(3, 1, 1);
  expect_weight(node, 1, 0);
  node.expect(node.input(2) == node.output(0), "r of y's type");
  const Tensor& x = node.input(0);
  const int64_t outputs = node.output(0).last();
  const bool biased = node.has_input(3);
  const lmos_dtype bias_dtype = biased ? node.input(3).dtype : 0;
  if (biased) {
    node.expect(node.input(3).is_float() && node.input(3).dims == std::vector{outputs},
                "a float b [O]");
  }
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [=, rows = x.rows(), inputs = x.last(), y = node.inputs().size()](const Operands& o) {
      const FloatReader bias(biased ? o[3] : nullptr, bias_dtype);
      for (int64_t n = 0; n < rows; ++n) {
        for (int64_t j = 0; j < outputs; ++j) {
          double sum = (biased ? bias[j] : 0) + widen(o.as<T>(2)[n * outputs + j]);
          for (int64_t i = 0; i < inputs; ++i) {
            sum += static_cast<double>(widen(o.as<T>(0)[n * inputs + i])) *
                   widen(o.as<T>(1)[j * inputs + i]);
          }
          o.as<T>(y)[n * outputs + j] = narrow<T>(sum);
        }
      }
    };
  })};
}

}  // namespace lmos::reference
