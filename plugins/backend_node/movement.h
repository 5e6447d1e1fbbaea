// broadcast, reshape, transpose, slice, pad and concat as copies between strided places: elements
// move, none is computed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "backend_node/node.h"

namespace lmos::backend_node {

// to[Σ index · to_steps] = from[Σ index · from_steps] for each index of dims. Steps and offsets
// count elements; dims, from_steps and to_steps are of one length.
struct MovementPart {
  size_t input;
  int64_t from_offset, to_offset;
  std::vector<int64_t> dims, from_steps, to_steps;
};

struct Movement {
  int32_t element_bytes;
  bool zero_first;  // the parts leave elements of the output unwritten: they are zeros
  std::vector<MovementPart> parts;
};

// Throws sdk::Error for a node that does not fit its operation.
Movement movement_of(const Node& node);

}  // namespace lmos::backend_node
