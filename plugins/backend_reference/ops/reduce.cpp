// reduce_sum, reduce_max.
#include <algorithm>
#include <limits>

#include "index.h"
#include "ops/operations.h"

namespace lmos::reference {
namespace {

// The input's axes, split by whether they remain.
struct Axes {
  std::vector<int64_t> kept_dims, kept_strides, reduced_dims, reduced_strides;
};

Axes split_axes(const Node& node) {
  node.expect_operands(1, 0, 1);
  const Tensor &x = node.input(0), &y = node.output(0);
  bool keep = node.integer("keep", 0) != 0;
  std::vector<bool> reduced(x.rank(), false);
  for (int64_t axis : node.integers("axes")) {
    node.expect(axis >= 0 && axis < static_cast<int64_t>(x.rank()) && !reduced[axis],
                "distinct axes of the input");
    reduced[axis] = true;
  }
  Axes axes;
  std::vector<int64_t> strides = strides_of(x.dims), expected;
  for (size_t i = 0; i < x.rank(); ++i) {
    (reduced[i] ? axes.reduced_dims : axes.kept_dims).push_back(x.dims[i]);
    (reduced[i] ? axes.reduced_strides : axes.kept_strides).push_back(strides[i]);
    if (!reduced[i] || keep) expected.push_back(reduced[i] ? 1 : x.dims[i]);
  }
  node.expect(y.dims == expected, "an output without the reduced axes (of size 1 if kept)");
  return axes;
}

// y = fold of f over the reduced axes, from `start`, in the type Accumulator<T>.
template <template <class> class Accumulator, class Start, class F>
Kernel reduce(const Node& node, Start start, F f) {
  Axes axes = split_axes(node);
  const lmos_dtype result = node.output(0).dtype;
  const bool converts = result != node.input(0).dtype;
  node.expect(!converts || (node.input(0).is_float() && node.output(0).is_float()),
              "an output of x's dtype, or floats");
  return {by_number(node, node.input(0).dtype, [&](auto element) {
    using T = decltype(element);
    using Sum = Accumulator<T>;
    return [=](const Operands& operands) {
      const T* x = operands.as<T>(0);
      T* y = operands.as<T>(1);
      FloatWriter converted(operands[1], result);
      for_each_index(axes.kept_dims, axes.kept_strides, [&](int64_t i, int64_t base) {
        Sum sum = start(Sum{});
        for_each_index(axes.reduced_dims, axes.reduced_strides, [&](int64_t, int64_t offset) {
          sum = f(sum, static_cast<Sum>(widen(x[base + offset])));
        });
        if (converts) {
          converted.set(i, static_cast<double>(sum));
        } else {
          y[i] = narrow<T>(sum);
        }
      });
    };
  })};
}

// Integer sums wrap around; unsigned arithmetic keeps that defined.
template <class T>
using sum_t = std::conditional_t<std::is_integral_v<T>, uint64_t, double>;

}  // namespace

Kernel prepare_reduce_sum(const Node& node) {
  return reduce<sum_t>(
      node, [](auto zero) { return zero; }, [](auto a, auto b) { return a + b; });
}

Kernel prepare_reduce_max(const Node& node) {
  // The maximum of nothing is the lowest value.
  auto lowest = [](auto zero) {
    using Limits = std::numeric_limits<decltype(zero)>;
    return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  };
  return reduce<math_t>(node, lowest, [](auto a, auto b) { return std::max(a, b); });
}

}  // namespace lmos::reference
