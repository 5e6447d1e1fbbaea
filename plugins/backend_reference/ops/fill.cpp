// constant, iota: tensors from attributes alone.
#include "index.h"
#include "ops/operations.h"

namespace lmos::reference {

Kernel prepare_constant(const Node& node) {
  node.expect_operands(0, 0, 1);
  const Tensor& y = node.output(0);
  const std::vector<double>& values = node.numbers("values");
  int64_t count = static_cast<int64_t>(values.size());
  node.expect(count == 1 || count == y.elements, "one value, or one an element");
  return {by_number(node, y.dtype, [&](auto element) {
    using T = decltype(element);
    return [values, n = y.elements](const Operands& operands) {
      T* y = operands.as<T>(0);
      for (int64_t i = 0; i < n; ++i) y[i] = narrow<T>(values[values.size() == 1 ? 0 : i]);
    };
  })};
}

Kernel prepare_iota(const Node& node) {
  node.expect_operands(0, 0, 1);
  const Tensor& y = node.output(0);
  int64_t axis = node.integer("axis");
  node.expect(axis >= 0 && axis < static_cast<int64_t>(y.rank()), "an axis of the shape");
  std::vector<int64_t> along(y.rank(), 0);
  along[axis] = 1;
  return {by_number(node, y.dtype, [&](auto element) {
    using T = decltype(element);
    return [along, dims = y.dims](const Operands& operands) {
      T* y = operands.as<T>(0);
      for_each_index(dims, along, [&](int64_t i, int64_t position) {
        y[i] = narrow<T>(static_cast<double>(position));
      });
    };
  })};
}

}  // namespace lmos::reference
