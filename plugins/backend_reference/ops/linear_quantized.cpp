#include "ops/operations.h"

namespace lmos::reference {

Kernel prepare_linear_quantized(const Node& node) {
  node.expect_operands(3, 1, 1);
  const Tensor &x = node.input(0), &q = node.input(1), &scale = node.input(2), &y = node.output(0);
  node.expect(x.rank() >= 1 && q.is_quantized() && q.rank() == 2 && q.last() == x.last(),
              "x [..,I] and q [O,I] in i8 or f8_e4m3");
  const int64_t in = x.last(), out = q.dims[0];
  node.expect(scale.dtype == LMOS_F32 && scale.dims == std::vector{out}, "f32 scale [O]");
  std::vector<int64_t> dims = x.dims;
  dims.back() = out;
  node.expect(y.dtype == x.dtype && y.dims == dims, "y [..,O] of x's dtype");
  const bool biased = node.has_input(3);
  const lmos_dtype bias_dtype = biased ? node.input(3).dtype : 0;
  if (biased) {
    node.expect(node.input(3).is_float() && node.input(3).dims == std::vector{out},
                "a float b [O]");
  }
  const size_t output = node.inputs().size();
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    std::function<void(const Operands&)> compute;
    with_stored(q.dtype, [&](auto stored) {
      using Q = decltype(stored);
      compute = [=, rows = x.rows()](const Operands& operands) {
        const T* x = operands.as<T>(0);
        const Q* q = operands.as<Q>(1);
        const float* scale = operands.as<float>(2);
        const FloatReader bias(biased ? operands[3] : nullptr, bias_dtype);
        for (int64_t n = 0; n < rows; ++n) {
          for (int64_t o = 0; o < out; ++o) {
            double sum = 0;
            for (int64_t i = 0; i < in; ++i)
              sum += static_cast<double>(widen(x[n * in + i])) * widen(q[o * in + i]);
            operands.as<T>(output)[n * out + o] =
                narrow<T>(sum * scale[o] + (biased ? bias[o] : 0));
          }
        }
      };
    });
    return compute;
  })};
}

}  // namespace lmos::reference
