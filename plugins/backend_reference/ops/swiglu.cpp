// swiglu, swiglu_grad: silu(gate) · up, with silu(x) = x · sigmoid(x).
#include "ops/operations.h"

namespace lmos::reference {
namespace {

template <class Math>
Math sigmoid(Math x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace

Kernel prepare_swiglu(const Node& node) {
  node.expect_operands(2, 0, 1);
  node.expect(node.input(0) == node.input(1) && node.input(0) == node.output(0),
              "gate, up and y of one type");
  return {by_float(node, node.output(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [n = node.output(0).elements](const Operands& operands) {
      const T* gate = operands.as<T>(0);
      const T* up = operands.as<T>(1);
      T* y = operands.as<T>(2);
      for (int64_t i = 0; i < n; ++i) {
        auto g = widen(gate[i]);
        y[i] = narrow<T>(g * sigmoid(g) * widen(up[i]));
      }
    };
  })};
}

Kernel prepare_swiglu_grad(const Node& node) {
  node.expect_operands(3, 0, 2);
  const Tensor& dy = node.input(0);
  node.expect(
      node.input(1) == dy && node.input(2) == dy && node.output(0) == dy && node.output(1) == dy,
      "dy, gate, up, dgate and dup of one type");
  return {by_float(node, dy.dtype, [&](auto element) {
    using T = decltype(element);
    return [n = dy.elements](const Operands& operands) {
      const T* dy = operands.as<T>(0);
      const T* gate = operands.as<T>(1);
      const T* up = operands.as<T>(2);
      T* dgate = operands.as<T>(3);
      T* dup = operands.as<T>(4);
      for (int64_t i = 0; i < n; ++i) {
        auto g = widen(gate[i]), d = widen(dy[i]), s = sigmoid(g);
        dgate[i] = narrow<T>(d * widen(up[i]) * s * (1 + g * (1 - s)));
        dup[i] = narrow<T>(d * g * s);
      }
    };
  })};
}

}  // namespace lmos::reference
