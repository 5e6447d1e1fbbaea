// gather_rows, scatter_add_rows.
#include "llmasos/error.hpp"
#include "ops/operations.h"

namespace lmos::backend_cpu {
namespace {

[[noreturn]] void reject_index(const char* op, int64_t rows) {
  throw sdk::invalid(std::string(op) + ": an index is outside [0, " + std::to_string(rows) + ")");
}

}  // namespace

Prepared prepare_gather_rows(const Node& node, const Machine&) {
  node.require_operands(2, 0, 1);
  const Tensor x = node.input(0), index = node.input(1), y = node.output(0);
  node.require(x.rank() >= 1 && x.dims[0] > 0 && index.dtype == LMOS_I32 && x.dtype == y.dtype &&
                   y.elements == index.elements * (x.elements / x.dims[0]),
               "rows x [N,..], an i32 index [T] and y [T,..]");
  return {
      [rows = x.dims[0], bytes = x.bytes() / x.dims[0], tokens = index.elements](const Run& run) {
        if (!cpu::gather_rows(run.parallel,
                              {rows, bytes, tokens, run[0], run.as<int32_t>(1), run[2]})) {
          reject_index("gather_rows", rows);
        }
      }};
}

Prepared prepare_scatter_add_rows(const Node& node, const Machine& machine) {
  node.require_operands(2, 0, 1);
  const Tensor dy = node.input(0), index = node.input(1), y = node.output(0);
  node.require(y.rank() >= 1 && y.dims[0] > 0 && dy.is_float() && y.is_float() &&
                   index.dtype == LMOS_I32 && y.dims[0] < INT32_MAX && index.elements < INT32_MAX &&
                   dy.elements == index.elements * (y.elements / y.dims[0]),
               "f32, bf16 or f16 dy [T,..] and y [N,..], and an i32 index [T]");
  const int64_t rows = y.dims[0], tokens = index.elements;
  return {[=, kernel = machine.kernels.rows.scatter_add_rows, type = float_type(dy),
           result_type = float_type(y), width = y.elements / rows](const Run& run) {
            if (!kernel(run.parallel, {type, result_type, rows, width, tokens, run[0],
                                       run.as<int32_t>(1), run[2], run.scratch<int32_t>()})) {
              reject_index("scatter_add_rows", rows);
            }
          },
          cpu::scatter_add_scratch(rows, tokens) * 4};
}

}  // namespace lmos::backend_cpu
