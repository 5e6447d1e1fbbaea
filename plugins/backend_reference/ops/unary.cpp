// Elementwise functions of one float operand.
#include "ops/operations.h"

namespace lmos::reference {
namespace {

// y = f(x), computed in math_t of the dtype.
template <class F>
Kernel unary(const Node& node, F f) {
  node.expect_operands(1, 0, 1);
  node.expect(node.input(0) == node.output(0), "an output of the input's type");
  return {by_float(node, node.input(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [f, n = node.input(0).elements](const Operands& operands) {
      const T* x = operands.as<T>(0);
      T* y = operands.as<T>(1);
      for (int64_t i = 0; i < n; ++i) y[i] = narrow<T>(f(widen(x[i])));
    };
  })};
}

}  // namespace

Kernel prepare_neg(const Node& node) {
  return unary(node, [](auto x) { return -x; });
}
Kernel prepare_exp(const Node& node) {
  return unary(node, [](auto x) { return std::exp(x); });
}
Kernel prepare_log(const Node& node) {
  return unary(node, [](auto x) { return std::log(x); });
}
Kernel prepare_sqrt(const Node& node) {
  return unary(node, [](auto x) { return std::sqrt(x); });
}
Kernel prepare_rsqrt(const Node& node) {
  return unary(node, [](auto x) { return 1 / std::sqrt(x); });
}
Kernel prepare_sigmoid(const Node& node) {
  return unary(node, [](auto x) { return 1 / (1 + std::exp(-x)); });
}
Kernel prepare_tanh(const Node& node) {
  return unary(node, [](auto x) { return std::tanh(x); });
}
Kernel prepare_erf(const Node& node) {
  return unary(node, [](auto x) { return std::erf(x); });
}
Kernel prepare_sin(const Node& node) {
  return unary(node, [](auto x) { return std::sin(x); });
}
Kernel prepare_cos(const Node& node) {
  return unary(node, [](auto x) { return std::cos(x); });
}

}  // namespace lmos::reference
