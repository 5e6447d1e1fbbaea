// broadcast, reshape, transpose, slice, pad, concat: elements move, none is computed.
#include "backend_node/movement.h"

#include "cuda/movement/strided_copy.h"
#include "ops/operations.h"

namespace lmos::backend_cuda {

Prepared prepare_movement(const Node& node, const Device&) {
  struct Part {
    size_t input;
    int64_t from_bytes, to_bytes;
    cuda::StridedCopy copy;
  };
  const backend_node::Movement movement = backend_node::movement_of(node);
  const int32_t size = movement.element_bytes;
  std::vector<Part> parts;
  for (const backend_node::MovementPart& part : movement.parts)
    parts.push_back({part.input, part.from_offset * size, part.to_offset * size,
                     cuda::plan_copy(size, part.dims, part.from_steps, part.to_steps,
                                     part.from_offset, part.to_offset)});
  return {[=, zero_first = movement.zero_first, y = node.inputs(),
           bytes = node.output(0).bytes()](const Run& run) {
    if (zero_first) cudaMemsetAsync(run[y], 0, static_cast<size_t>(bytes), run.stream);
    for (const Part& part : parts)
      cuda::strided_copy(run.stream, part.copy, run.as<const char>(part.input) + part.from_bytes,
                         run.as<char>(y) + part.to_bytes);
  }};
}

}  // namespace lmos::backend_cuda
