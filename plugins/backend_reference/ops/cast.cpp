// cast, assign, accumulate: element by element from one dtype to another.
#include "ops/convert.h"
#include "ops/operations.h"

namespace lmos::reference {
namespace {

// Chooses f(To{}, From{}).
template <class F>
std::function<void(const Operands&)> by_two_numbers(const Node& node, const Tensor& to,
                                                    const Tensor& from, F&& f) {
  return by_number(node, to.dtype, [&](auto to_element) {
    return by_number(node, from.dtype,
                     [&](auto from_element) { return f(to_element, from_element); });
  });
}

void expect_state_and_value(const Node& node) {
  node.expect_operands(2, 0, 0);
  node.expect(node.input(0).dims == node.input(1).dims, "a state and a value of one shape");
}

}  // namespace

Kernel prepare_cast(const Node& node) {
  node.expect_operands(1, 0, 1);
  node.expect(node.input(0).dims == node.output(0).dims, "an output of the input's shape");
  return {by_number(node, node.output(0).dtype, [&](auto to) {
    using To = decltype(to);
    std::function<void(const Operands&)> compute;
    with_stored(node.input(0).dtype, [&](auto from) {
      using From = decltype(from);
      compute = [n = node.output(0).elements](const Operands& operands) {
        const From* x = operands.as<From>(0);
        To* y = operands.as<To>(1);
        for (int64_t i = 0; i < n; ++i) y[i] = convert<To>(x[i]);
      };
    });
    return compute;
  })};
}

Kernel prepare_assign(const Node& node) {
  expect_state_and_value(node);
  Kernel kernel{by_two_numbers(node, node.input(0), node.input(1), [&](auto to, auto from) {
    using To = decltype(to);
    using From = decltype(from);
    return [n = node.input(0).elements](const Operands& operands) {
      To* s = operands.as<To>(0);
      const From* x = operands.as<From>(1);
      for (int64_t i = 0; i < n; ++i) s[i] = convert<To>(x[i]);
    };
  })};
  kernel.states = {0};
  return kernel;
}

Kernel prepare_accumulate(const Node& node) {
  expect_state_and_value(node);
  Kernel kernel{by_two_numbers(node, node.input(0), node.input(1), [&](auto to, auto from) {
    using To = decltype(to);
    using From = decltype(from);
    return [n = node.input(0).elements](const Operands& operands) {
      To* s = operands.as<To>(0);
      const From* x = operands.as<From>(1);
      for (int64_t i = 0; i < n; ++i) s[i] = narrow<To>(widen(s[i]) + widen(convert<To>(x[i])));
    };
  })};
  kernel.states = {0};
  return kernel;
}

}  // namespace lmos::reference
