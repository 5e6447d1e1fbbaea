// broadcast, reshape, transpose, slice, pad, concat: elements move, none is computed.
#include "backend_node/movement.h"

#include "cpu/movement/strided_copy.h"
#include "ops/operations.h"

namespace lmos::backend_cpu {
namespace {

cpu::StridedCopy copy_plan(int32_t element_bytes, const backend_node::MovementPart& part) {
  cpu::StridedCopy copy{element_bytes, static_cast<int32_t>(part.dims.size()), {}, {}, {}};
  for (size_t i = 0; i < part.dims.size(); ++i) {
    copy.dims[i] = part.dims[i];
    copy.from_steps[i] = part.from_steps[i];
    copy.to_steps[i] = part.to_steps[i];
  }
  return cpu::simplified(copy);
}

}  // namespace

Prepared prepare_movement(const Node& node, const Machine&) {
  struct Part {
    size_t input;
    int64_t from_bytes, to_bytes;
    cpu::StridedCopy copy;
  };
  const backend_node::Movement movement = backend_node::movement_of(node);
  const int32_t size = movement.element_bytes;
  std::vector<Part> parts;
  for (const backend_node::MovementPart& part : movement.parts)
    parts.push_back(
        {part.input, part.from_offset * size, part.to_offset * size, copy_plan(size, part)});
  return {[=, zero_first = movement.zero_first, y = node.inputs(),
           elements = node.output(0).elements](const Run& run) {
    constexpr uint64_t zero = 0;
    if (zero_first) cpu::fill(run.parallel, size, &zero, elements, run[y]);
    for (const Part& part : parts)
      cpu::strided_copy(run.parallel, part.copy, run.as<const char>(part.input) + part.from_bytes,
                        run.as<char>(y) + part.to_bytes);
  }};
}

}  // namespace lmos::backend_cpu
