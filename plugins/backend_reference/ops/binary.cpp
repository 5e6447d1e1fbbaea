// Elementwise functions of two operands of one type.
#include <algorithm>
#include <limits>

#include "ops/operations.h"

namespace lmos::reference {
namespace {

// y = f(a, b), computed in math_t of the dtype.
template <class F>
Kernel binary(const Node& node, F f) {
  node.expect_operands(2, 0, 1);
  node.expect(node.input(0) == node.input(1) && node.input(0) == node.output(0),
              "inputs and output of one type");
  return {by_number(node, node.output(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [f, n = node.output(0).elements](const Operands& operands) {
      const T* a = operands.as<T>(0);
      const T* b = operands.as<T>(1);
      T* y = operands.as<T>(2);
      for (int64_t i = 0; i < n; ++i) y[i] = narrow<T>(f(widen(a[i]), widen(b[i])));
    };
  })};
}

// Integers wrap around; the detour by the unsigned type keeps that defined.
template <class F>
Kernel wrapping(const Node& node, F f) {
  return binary(node, [f](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::is_integral_v<T>) {
      using Unsigned = std::make_unsigned_t<T>;
      return static_cast<T>(f(static_cast<Unsigned>(a), static_cast<Unsigned>(b)));
    } else {
      return f(a, b);
    }
  });
}

// y = f(a, b) ? 1 : 0.
template <class F>
Kernel compare(const Node& node, F f) {
  node.expect_operands(2, 0, 1);
  node.expect(node.input(0) == node.input(1) && node.input(0).dims == node.output(0).dims,
              "inputs of one type and an output of their shape");
  node.expect(node.output(0).dtype == LMOS_I32, "an i32 output");
  return {by_number(node, node.input(0).dtype, [&](auto element) {
    using T = decltype(element);
    return [f, n = node.output(0).elements](const Operands& operands) {
      const T* a = operands.as<T>(0);
      const T* b = operands.as<T>(1);
      int32_t* y = operands.as<int32_t>(2);
      for (int64_t i = 0; i < n; ++i) y[i] = f(widen(a[i]), widen(b[i])) ? 1 : 0;
    };
  })};
}

}  // namespace

Kernel prepare_add(const Node& node) {
  return wrapping(node, [](auto a, auto b) { return a + b; });
}
Kernel prepare_sub(const Node& node) {
  return wrapping(node, [](auto a, auto b) { return a - b; });
}
Kernel prepare_mul(const Node& node) {
  return wrapping(node, [](auto a, auto b) { return a * b; });
}
Kernel prepare_div(const Node& node) {
  // Integers truncate towards zero.
  return binary(node, [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::is_integral_v<T>) {
      if (b == 0) throw Invalid("div: division of an integer by zero");
      if (a == std::numeric_limits<T>::min() && b == -1) return a;
    }
    return static_cast<T>(a / b);
  });
}
// A NaN of either operand is the result of both.
Kernel prepare_minimum(const Node& node) {
  return binary(node, [](auto a, auto b) { return b < a || b != b ? b : a; });
}
Kernel prepare_maximum(const Node& node) {
  return binary(node, [](auto a, auto b) { return a < b || b != b ? b : a; });
}
Kernel prepare_equal(const Node& node) {
  return compare(node, [](auto a, auto b) { return a == b; });
}
Kernel prepare_less(const Node& node) {
  return compare(node, [](auto a, auto b) { return a < b; });
}

}  // namespace lmos::reference
