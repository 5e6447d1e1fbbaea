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

// Of row j of w [O,E]; `scale` is null where w is in x's dtype.
template <class W>
double product(const double* h, const W* w, const float* scale, int64_t j, int64_t embed) {
  double sum = 0;
  for (int64_t i = 0; i < embed; ++i) sum += h[i] * widen(w[j * embed + i]);
  return scale == nullptr ? sum : sum * scale[j];
}

// Chooses `f(T{}, W{})`, which returns a compute function, by the dtypes of x and of weights, which
// are in x's dtype or quantised.
template <class F>
std::function<void(const Operands&)> by_float_and_weight(const Node& node, const Tensor& x,
                                                         const Tensor& w, F&& f) {
  return by_float(node, x.dtype, [&](auto element) -> std::function<void(const Operands&)> {
    if (w.dtype == LMOS_I8) return f(element, int8_t{});
    if (w.dtype == LMOS_F8_E4M3) return f(element, e4m3{});
    return f(element, element);
  });
}

// x [..,E] and norm [E] at inputs 0 and 1.
void expect_norm(const Node& node) {
  const Tensor &x = node.input(0), &norm = node.input(1);
  node.expect(x.rank() >= 1 && norm.is_float() && norm.dims == std::vector{x.last()},
              "x [..,E] and norm [E]");
}

// w [O,E] at input `index`, its scale, if it is quantised, at input `scale`, y [..,O] at output
// `output`.
void expect_weight(const Node& node, size_t index, size_t scale, size_t output) {
  const Tensor &x = node.input(0), &w = node.input(index), &y = node.output(output);
  node.expect(w.rank() == 2 && w.last() == x.last(), "w [O,E]");
  if (node.has_input(scale)) {
    node.expect(w.is_quantized() && node.input(scale).dtype == LMOS_F32 &&
                    node.input(scale).dims == std::vector{w.dims[0]},
                "i8 or f8_e4m3 w with f32 scale [O]");
  } else {
    node.expect(w.dtype == x.dtype, "w of x's dtype, or a scale");
  }
  std::vector<int64_t> dims = x.dims;
  dims.back() = w.dims[0];
  node.expect(y.dtype == x.dtype && y.dims == dims, "y [..,O] of x's dtype");
}

}  // namespace

Kernel prepare_rms_norm_linear(const Node& node) {
  constexpr size_t kFirstWeight = 2, kFirstScale = 5;
  size_t weights = 1;
  while (weights < 3 && node.has_input(kFirstWeight + weights)) ++weights;
  node.expect_operands(3, 5, weights);
  expect_norm(node);
  std::vector<int64_t> outputs;
  for (size_t i = 0; i < weights; ++i) {
    expect_weight(node, kFirstWeight + i, kFirstScale + i, i);
    node.expect(node.input(kFirstWeight + i).dtype == node.input(kFirstWeight).dtype,
                "weights of one dtype");
    outputs.push_back(node.output(i).last());
  }
  const Tensor& x = node.input(0);
  const bool scaled = node.has_input(kFirstScale);
  Kernel kernel{by_float_and_weight(node, x, node.input(2), [&](auto element, auto weight) {
    using T = decltype(element);
    using W = decltype(weight);
    return [outputs, scaled, rows = x.rows(), embed = x.last(), norm_dtype = node.input(1).dtype,
            epsilon = node.number("epsilon"), first = node.inputs().size()](const Operands& o) {
      const FloatReader norm(o[1], norm_dtype);
      for (int64_t n = 0; n < rows; ++n) {
        double* h = o.scratch<double>();  // [embed]
        normalize(o.as<T>(0) + n * embed, norm, h, embed, epsilon);
        for (size_t i = 0; i < outputs.size(); ++i) {
          for (int64_t j = 0; j < outputs[i]; ++j) {
            o.as<T>(first + i)[n * outputs[i] + j] =
                narrow<T>(product(h, o.as<W>(kFirstWeight + i),
                                  scaled ? o.as<float>(kFirstScale + i) : nullptr, j, embed));
          }
        }
      }
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(x.last()) * sizeof(double);
  return kernel;
}

Kernel prepare_rms_norm_swiglu(const Node& node) {
  node.expect_operands(4, 2, 1);
  expect_norm(node);
  for (const size_t weight : {2, 3}) expect_weight(node, weight, weight + 2, 0);
  node.expect(node.input(2) == node.input(3), "gate and up of one type");
  const bool scaled = node.has_input(4);
  const Tensor& x = node.input(0);
  Kernel kernel{by_float_and_weight(node, x, node.input(2), [&](auto element, auto weight) {
    using T = decltype(element);
    using W = decltype(weight);
    return [scaled, y = node.inputs().size(), outputs = node.output(0).last(), rows = x.rows(),
            embed = x.last(), norm_dtype = node.input(1).dtype,
            epsilon = node.number("epsilon")](const Operands& o) {
      const FloatReader norm(o[1], norm_dtype);
      for (int64_t n = 0; n < rows; ++n) {
        double* h = o.scratch<double>();  // [embed]
        normalize(o.as<T>(0) + n * embed, norm, h, embed, epsilon);
        for (int64_t j = 0; j < outputs; ++j) {
          const double gate = product(h, o.as<W>(2), scaled ? o.as<float>(4) : nullptr, j, embed);
          const double up = product(h, o.as<W>(3), scaled ? o.as<float>(5) : nullptr, j, embed);
          o.as<T>(y)[n * outputs + j] = narrow<T>(gate / (1 + std::exp(-gate)) * up);
        }
      }
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(x.last()) * sizeof(double);
  return kernel;
}

Kernel prepare_linear_add(const Node& node) {
  node.expect_operands(3, 2, 1);
  expect_weight(node, 1, 4, 0);
  node.expect(node.input(2) == node.output(0), "r of y's type");
  const Tensor& x = node.input(0);
  const int64_t outputs = node.output(0).last();
  const bool biased = node.has_input(3), scaled = node.has_input(4);
  const lmos_dtype bias_dtype = biased ? node.input(3).dtype : 0;
  if (biased) {
    node.expect(node.input(3).is_float() && node.input(3).dims == std::vector{outputs},
                "a float b [O]");
  }
  Kernel kernel{by_float_and_weight(node, x, node.input(1), [&](auto element, auto weight) {
    using T = decltype(element);
    using W = decltype(weight);
    return [=, rows = x.rows(), inputs = x.last(), y = node.inputs().size()](const Operands& o) {
      const FloatReader bias(biased ? o[3] : nullptr, bias_dtype);
      double* h = o.scratch<double>();  // [inputs]
      for (int64_t n = 0; n < rows; ++n) {
        for (int64_t i = 0; i < inputs; ++i) h[i] = widen(o.as<T>(0)[n * inputs + i]);
        for (int64_t j = 0; j < outputs; ++j) {
          const double sum = product(h, o.as<W>(1), scaled ? o.as<float>(4) : nullptr, j, inputs) +
                             (biased ? bias[j] : 0) + widen(o.as<T>(2)[n * outputs + j]);
          o.as<T>(y)[n * outputs + j] = narrow<T>(sum);
        }
      }
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(x.last()) * sizeof(double);
  return kernel;
}

}  // namespace lmos::reference
