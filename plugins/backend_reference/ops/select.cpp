#include "ops/operations.h"

namespace lmos::reference {

Kernel prepare_select(const Node& node) {
  node.expect_operands(3, 0, 1);
  const Tensor &c = node.input(0), &a = node.input(1), &b = node.input(2), &y = node.output(0);
  node.expect(c.dtype == LMOS_I32 && c.dims == y.dims, "an i32 condition of the output's shape");
  node.expect(a == y && b == y, "a and b of the output's type");
  return {by_number(node, y.dtype, [&](auto element) {
    using T = decltype(element);
    return [n = y.elements](const Operands& operands) {
      const int32_t* c = operands.as<int32_t>(0);
      const T* a = operands.as<T>(1);
      const T* b = operands.as<T>(2);
      T* y = operands.as<T>(3);
      for (int64_t i = 0; i < n; ++i) y[i] = c[i] != 0 ? a[i] : b[i];
    };
  })};
}

}  // namespace lmos::reference
