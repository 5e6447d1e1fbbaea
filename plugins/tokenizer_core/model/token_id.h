#pragma once

#include <cstdint>
#include <limits>

namespace lmos::tokenizer {

// Ids are below 2^31: they cross the plugin boundary as int32_t.
using TokenId = uint32_t;
inline constexpr TokenId kNoToken = std::numeric_limits<TokenId>::max();

}  // namespace lmos::tokenizer
