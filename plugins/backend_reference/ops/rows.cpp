// gather_rows, scatter_add_rows.
#include <algorithm>
#include <string>

#include "ops/operations.h"

namespace lmos::reference {
namespace {

int64_t checked_row(const char* op, int32_t index, int64_t rows) {
  if (index < 0 || index >= rows) {
    throw Invalid(std::string(op) + ": index " + std::to_string(index) + " is outside [0, " +
                  std::to_string(rows) + ")");
  }
  return index;
}

// `table` [N,..] and `rows` [T,..] agree, and `index` is [T] i32.
void expect_rows(const Node& node, const Tensor& table, const Tensor& rows, const Tensor& index) {
  node.expect(index.dtype == LMOS_I32 && index.rank() == 1, "an i32 index [T]");
  node.expect(table.rank() >= 1 && table.rank() == rows.rank() && rows.dims[0] == index.dims[0] &&
                  std::equal(table.dims.begin() + 1, table.dims.end(), rows.dims.begin() + 1),
              "[N,..] and [T,..] with equal trailing dims");
}

int64_t width_of(const Tensor& table) {
  int64_t width = 1;
  for (size_t i = 1; i < table.rank(); ++i) width *= table.dims[i];
  return width;
}

}  // namespace

Kernel prepare_gather_rows(const Node& node) {
  node.expect_operands(2, 0, 1);
  const Tensor &x = node.input(0), &index = node.input(1), &y = node.output(0);
  expect_rows(node, x, y, index);
  node.expect(x.dtype == y.dtype, "an output of the input's dtype");
  return {by_number(node, x.dtype, [&](auto element) {
    using T = decltype(element);
    return [rows = x.dims[0], width = width_of(x),
            count = index.dims[0]](const Operands& operands) {
      const T* x = operands.as<T>(0);
      const int32_t* index = operands.as<int32_t>(1);
      T* y = operands.as<T>(2);
      for (int64_t t = 0; t < count; ++t) {
        std::copy_n(x + checked_row("gather_rows", index[t], rows) * width, width, y + t * width);
      }
    };
  })};
}

Kernel prepare_scatter_add_rows(const Node& node) {
  node.expect_operands(2, 0, 1);
  const Tensor &dy = node.input(0), &index = node.input(1), &y = node.output(0);
  expect_rows(node, y, dy, index);
  node.expect(y.is_float(), "a float output");
  Kernel kernel{by_float(node, dy.dtype, [&](auto element) {
    using T = decltype(element);
    return [rows = y.dims[0], width = width_of(y), count = index.dims[0],
            dtype = y.dtype](const Operands& operands) {
      const T* dy = operands.as<T>(0);
      const int32_t* index = operands.as<int32_t>(1);
      FloatWriter y(operands[2], dtype);
      double* sums = operands.scratch<double>();  // [N, width]
      std::fill_n(sums, rows * width, 0.0);
      for (int64_t t = 0; t < count; ++t) {
        double* sum = sums + checked_row("scatter_add_rows", index[t], rows) * width;
        for (int64_t i = 0; i < width; ++i) sum[i] += widen(dy[t * width + i]);
      }
      for (int64_t i = 0; i < rows * width; ++i) y.set(i, sums[i]);
    };
  })};
  kernel.scratch_bytes = static_cast<uint64_t>(y.elements) * sizeof(double);
  return kernel;
}

}  // namespace lmos::reference
