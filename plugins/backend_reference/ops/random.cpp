// random_uniform, dropout.
#include "ops/operations.h"
#include "ops/philox.h"

namespace lmos::reference {
namespace {

void expect_state(const Node& node, const Tensor& state) {
  node.expect(state.dtype == LMOS_I64 && state.dims == std::vector<int64_t>{2}, "an i64 state [2]");
}

uint32_t site_of(const Node& node) {
  int64_t site = node.integer("site");
  node.expect(site >= 0 && site <= UINT32_MAX, "a site in [0, 2^32)");
  return static_cast<uint32_t>(site);
}

}  // namespace

Kernel prepare_random_uniform(const Node& node) {
  node.expect_operands(1, 0, 1);
  expect_state(node, node.input(0));
  node.expect(node.output(0).dtype == LMOS_F32, "an f32 output");
  return {[site = site_of(node), n = node.output(0).elements](const Operands& operands) {
    const int64_t* state = operands.as<int64_t>(0);
    float* y = operands.as<float>(1);
    for (int64_t i = 0; i < n; ++i) y[i] = uniform(state, site, i);
  }};
}

Kernel prepare_dropout(const Node& node) {
  node.expect_operands(2, 0, 1);
  expect_state(node, node.input(1));
  node.expect(node.input(0) == node.output(0), "an output of the input's type");
  double rate = node.number("rate");
  node.expect(rate >= 0 && rate < 1, "a rate in [0, 1)");
  return {by_float(node, node.output(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [rate, site = site_of(node), n = node.output(0).elements](const Operands& operands) {
      const T* x = operands.as<T>(0);
      const int64_t* state = operands.as<int64_t>(1);
      T* y = operands.as<T>(2);
      auto scale = static_cast<math_t<T>>(1 / (1 - rate));
      for (int64_t i = 0; i < n; ++i) {
        y[i] = uniform(state, site, i) >= rate ? narrow<T>(widen(x[i]) * scale) : T{};
      }
    };
  })};
}

}  // namespace lmos::reference
