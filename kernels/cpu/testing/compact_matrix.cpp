#include "cpu/testing/compact_matrix.h"

#include <cstring>
#include <span>

#include "llmasos/compact_weights.hpp"

namespace lmos::cpu::testing {

CompactMatrix::CompactMatrix(const Values& w, int64_t outputs, int64_t inputs)
    : blocks(static_cast<size_t>(outputs * inputs / sdk::kCompactBlock * sdk::kCompactBytes)),
      bases(static_cast<size_t>(outputs * inputs / sdk::kCompactBlock)) {
  const auto* weights = static_cast<const uint16_t*>(w.data());
  for (size_t i = 0; i < bases.size(); ++i) {
    const std::span<const uint16_t, sdk::kCompactBlock> block(weights + i * sdk::kCompactBlock,
                                                              sdk::kCompactBlock);
    uint8_t* const to = blocks.data() + i * sdk::kCompactBytes;
    const std::span<std::byte, sdk::kCompactBytes> place(reinterpret_cast<std::byte*>(to),
                                                         sdk::kCompactBytes);
    if (sdk::write_compact_block(block, place, bases[i])) continue;
    const auto index = static_cast<uint32_t>(raw.size() / sdk::kCompactBlock);
    std::memcpy(to, &index, sizeof index);
    bases[i] = sdk::kRawBlock;
    for (const uint16_t bits : block) raw.push_back({bits});
  }
}

}  // namespace lmos::cpu::testing
