// Weights made compact (llmasos/compact_weights.hpp) as they are loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "formats/stored_tensor.h"

namespace lmos::components {

struct CompactTensor {
  std::vector<std::byte> blocks;  // [outputs, inputs / kCompactBlock, kCompactBytes]
  std::vector<std::byte> bases;   // [outputs, inputs / kCompactBlock]
  std::vector<uint16_t> raw;  // [capacity, kCompactBlock], zero beyond the blocks that are there
};

// The tensor is [outputs, inputs], or [inputs, outputs] if `transposed`; inputs is a multiple of
// kCompactBlock. Values are rounded to bfloat16 where they are stored in more. Error(kInput) naming
// the tensor if more blocks have to be kept raw than there is room for.
CompactTensor compact(const StoredTensor& tensor, const std::string& name, bool transposed);

}  // namespace lmos::components
