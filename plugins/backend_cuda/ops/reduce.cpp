// reduce_sum, reduce_max.
#include "cuda/reduce/reduce.h"

#include "ops/operations.h"

namespace lmos::backend_cuda {
namespace {

// Appends an axis, joined with the one before where one step covers both.
void append(int64_t dim, int64_t step, int32_t& rank, int64_t* dims, int64_t* steps) {
  if (dim == 1) return;
  if (rank > 0 && steps[rank - 1] == step * dim) {
    dims[rank - 1] *= dim;
    steps[rank - 1] = step;
    return;
  }
  dims[rank] = dim;
  steps[rank++] = step;
}

}  // namespace

Prepared prepare_reduce(const Node& node, const Device&) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  const bool maximum = node.op() == "reduce_max";
  node.require(x.dtype == y.dtype || (!maximum && x.is_float() && y.is_float()),
               "x and y of one dtype, or a sum of f32, bf16 or f16 in one of them");
  uint32_t axes = 0;
  for (const int64_t axis : node.integers("axes")) {
    node.require(axis >= 0 && axis < x.rank() && (axes >> axis & 1u) == 0,
                 "distinct axes of the input");
    axes |= 1u << axis;
  }
  cuda::Reduce args{.maximum = maximum,
                    .type = scalar_type(x),
                    .result_type = scalar_type(y),
                    .kept = 1,
                    .reduced = 1};
  int64_t step = x.elements;
  for (int64_t i = 0; i < x.rank(); ++i) {
    if (x.dims[i] > 0) step /= x.dims[i];
    if ((axes >> i & 1u) != 0) {
      args.reduced *= x.dims[i];
      append(x.dims[i], step, args.reduced_rank, args.reduced_dims, args.reduced_steps);
    } else {
      args.kept *= x.dims[i];
      append(x.dims[i], step, args.kept_rank, args.kept_dims, args.kept_steps);
    }
  }
  if (args.reduced_rank == 0) {
    args.reduced_rank = 1;
    args.reduced_dims[0] = args.reduced_steps[0] = 1;
  }
  node.require(args.kept == y.elements, "an output without the reduced axes");
  return {[=](const Run& run) { cuda::reduce(run.stream, args, run[0], run[1], run.scratch()); },
          cuda::reduce_scratch_bytes(args)};
}

}  // namespace lmos::backend_cuda
