// gather_rows, scatter_add_rows, largest.
#include "cuda/rows/rows.h"

#include "cuda/rows/largest.h"

#include "ops/operations.h"

namespace lmos::backend_cuda {

Prepared prepare_gather_rows(const Node& node, const Device&) {
  node.require_operands(2, 0, 1);
  const Tensor x = node.input(0), index = node.input(1), y = node.output(0);
  node.require(x.rank() >= 1 && x.dims[0] > 0 && index.dtype == LMOS_I32 && x.dtype == y.dtype &&
                   y.elements == index.elements * (x.elements / x.dims[0]),
               "rows x [N,..], an i32 index [T] and y [T,..]");
  return {
      [rows = x.dims[0], bytes = x.bytes() / x.dims[0], tokens = index.elements](const Run& run) {
        cuda::gather_rows(run.stream,
                          {rows, bytes, tokens, run[0], run.as<int32_t>(1), run[2], run.fault});
      }};
}

Prepared prepare_scatter_add_rows(const Node& node, const Device&) {
  node.require_operands(2, 0, 1);
  const Tensor dy = node.input(0), index = node.input(1), y = node.output(0);
  node.require(y.rank() >= 1 && y.dims[0] > 0 && dy.is_float() && y.is_float() &&
                   index.dtype == LMOS_I32 && y.dims[0] < INT32_MAX && index.elements < INT32_MAX &&
                   dy.elements == index.elements * (y.elements / y.dims[0]),
               "f32, bf16 or f16 dy [T,..] and y [N,..], and an i32 index [T]");
  const int64_t rows = y.dims[0], tokens = index.elements;
  return {[=, type = float_type(dy), result_type = float_type(y),
           width = y.elements / rows](const Run& run) {
            cuda::scatter_add_rows(
                run.stream, {type, result_type, rows, width, tokens, run[0], run.as<int32_t>(1),
                             run[2], run.scratch(), run.fault});
          },
          cuda::scatter_add_scratch_bytes(rows, tokens)};
}

Prepared prepare_largest(const Node& node, const Device&) {
  node.require_operands(2, 0, 3);
  const Tensor x = node.input(0), scale = node.input(1), values = node.output(0),
               ids = node.output(1), sum = node.output(2);
  const int64_t count = node.integer("count"), columns = node.integer("columns");
  node.require(
      x.rank() == 2 && x.is_float() && x.dims[0] < 65536 && x.last() < INT32_MAX && count >= 1 &&
          count <= cuda::kMostLargest && count <= columns && columns <= x.last(),
      "f32, bf16 or f16 x [N, V] with at most 65535 rows, 256 chosen and count <= columns <= V");
  node.require(scale.dtype == LMOS_F32 && sum.dtype == LMOS_F32 && ids.dtype == LMOS_I32 &&
                   values.dtype == x.dtype && scale.has_dims({x.dims[0]}) && sum.same_dims(scale) &&
                   values.has_dims({x.dims[0], count}) && ids.same_dims(values),
               "f32 scale and sum [N], values of x's dtype and i32 ids [N, count]");
  const int64_t rows = x.dims[0], width = x.last();
  return {[=, type = float_type(x)](const Run& run) {
            cuda::largest(run.stream,
                          {type, rows, width, columns, count, run[0], run.as<float>(1), run[2],
                           run.as<int32_t>(3), run.as<float>(4), run.scratch()});
          },
          cuda::largest_scratch_bytes(rows, columns, count)};
}

}  // namespace lmos::backend_cuda
