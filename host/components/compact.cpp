#include "components/compact.h"

#include <algorithm>
#include <cstring>

#include "components/matrix_rows.h"
#include "errors/error.h"
#include "llmasos/compact_weights.hpp"

namespace lmos::components {

CompactTensor compact(const StoredTensor& tensor, const std::string& name, bool transposed) {
  const int64_t blocks = tensor.elements() / sdk::kCompactBlock;
  const int64_t capacity = sdk::raw_block_capacity(blocks);
  CompactTensor result;
  result.blocks.resize(static_cast<size_t>(blocks * sdk::kCompactBytes));
  result.bases.resize(static_cast<size_t>(blocks));
  result.raw.resize(static_cast<size_t>(capacity * sdk::kCompactBlock));
  size_t block = 0;
  uint32_t raw = 0;
  const auto add_block = [&](std::span<const uint16_t, sdk::kCompactBlock> weights) {
    const std::span<std::byte, sdk::kCompactBytes> to(
        result.blocks.data() + block * sdk::kCompactBytes, sdk::kCompactBytes);
    uint8_t base = sdk::kRawBlock;
    if (!sdk::write_compact_block(weights, to, base)) {
      if (raw == capacity)
        throw Error(ErrorKind::kInput,
                    "tensor `" + name + "`: more than " + std::to_string(capacity) + " of " +
                        std::to_string(blocks) +
                        " blocks of 128 weights span more than 14 powers of two; it cannot be "
                        "held compact: use `weights: compute`");
      std::memcpy(to.data(), &raw, sizeof raw);
      std::ranges::copy(weights, result.raw.begin() + raw * sdk::kCompactBlock);
      ++raw;
    }
    result.bases[block++] = std::byte{base};
  };
  for_each_row<uint16_t>(tensor, LMOS_BF16, name, transposed, [&](std::span<const uint16_t> row) {
    for (size_t i = 0; i < row.size(); i += sdk::kCompactBlock)
      add_block(row.subspan(i).first<sdk::kCompactBlock>());
  });
  return result;
}

}  // namespace lmos::components
