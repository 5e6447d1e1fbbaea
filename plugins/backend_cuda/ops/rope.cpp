#include "cuda/rope/rope.h"

#include "ops/operations.h"

namespace lmos::backend_cuda {

Prepared prepare_rope(const Node& node, const Device&) {
  node.require_operands(3, 0, 1);
  const Tensor x = node.input(0), positions = node.input(1), frequencies = node.input(2);
  node.require(x.rank() == 3 && x.is_float() && x.last() % 2 == 0 && x.last() <= 4096 &&
                   x.same_type(node.output(0)) && positions.dtype == LMOS_I32 &&
                   positions.has_dims({x.dims[0]}) && frequencies.dtype == LMOS_F32 &&
                   frequencies.has_dims({x.last() / 2}),
               "f32, bf16 or f16 x [T,H,D] with even D, i32 positions [T], f32 frequencies [D/2]");
  return {[type = float_type(x), inverse = node.integer_or("inverse", 0) != 0, tokens = x.dims[0],
           heads = x.dims[1], dim = x.last()](const Run& run) {
    cuda::rope(run.stream, {type, inverse, tokens, heads, dim, run[0], run.as<int32_t>(1),
                            run.as<float>(2), run[3]});
  }};
}

}  // namespace lmos::backend_cuda
