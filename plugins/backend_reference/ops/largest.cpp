#include <algorithm>
#include <numeric>

#include "ops/operations.h"

namespace lmos::reference {

Kernel prepare_largest(const Node& node) {
  node.expect_operands(2, 0, 3);
  const Tensor &x = node.input(0), &scale = node.input(1), &values = node.output(0),
               &ids = node.output(1), &sum = node.output(2);
  const int64_t count = node.integer("count"), columns = node.integer("columns");
  node.expect(x.rank() == 2 && count >= 1 && count <= columns && columns <= x.last(),
              "x [N, V] with 1 <= count <= columns <= V");
  const std::vector<int64_t> rows = {x.dims[0]}, chosen = {x.dims[0], count};
  node.expect(scale.dims == rows && sum.dims == rows && values.dims == chosen &&
                  ids.dims == chosen && values.dtype == x.dtype && ids.dtype == LMOS_I32 &&
                  scale.dtype == statistic_dtype(x.dtype) && sum.dtype == scale.dtype,
              "scale and sum [N], values of x's dtype and i32 ids [N, count]");
  return {by_float(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [=, rows = x.dims[0], width = x.last()](const Operands& operands) {
      const auto* scale = operands.as<stat_t<T>>(1);
      auto* sum = operands.as<stat_t<T>>(4);
      std::vector<int32_t> order(static_cast<size_t>(columns));
      for (int64_t n = 0; n < rows; ++n) {
        const T* row = operands.as<T>(0) + n * width;
        std::iota(order.begin(), order.end(), 0);
        std::partial_sort(order.begin(), order.begin() + count, order.end(),
                          [&](int32_t a, int32_t b) {
                            // A NaN comes first: any strict order of the rest stays one.
                            const bool nan_a = std::isnan(widen(row[a]));
                            const bool nan_b = std::isnan(widen(row[b]));
                            if (nan_a != nan_b) return nan_a;
                            if (!nan_a && widen(row[a]) != widen(row[b]))
                              return widen(row[a]) > widen(row[b]);
                            return a < b;
                          });
        for (int64_t i = 0; i < count; ++i) {
          operands.as<T>(2)[n * count + i] = row[order[static_cast<size_t>(i)]];
          operands.as<int32_t>(3)[n * count + i] = order[static_cast<size_t>(i)];
        }
        const auto largest = static_cast<double>(widen(row[order[0]]));
        double total = 0;
        for (int64_t c = 0; c < columns; ++c)
          total += std::exp((static_cast<double>(widen(row[c])) - largest) *
                            static_cast<double>(scale[n]));
        sum[n] = static_cast<stat_t<T>>(total);
      }
    };
  })};
}

}  // namespace lmos::reference
