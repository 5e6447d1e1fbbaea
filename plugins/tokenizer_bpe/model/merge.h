#pragma once

#include <cstdint>

#include "tokenizer_core/model/pair_table.h"
#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

inline constexpr uint32_t kNoRank = UINT32_MAX;

// What becomes of a pair of symbols.
struct Merge {
  uint32_t rank = kNoRank;  // lower merges first; kNoRank: the pair does not merge
  TokenId merged = kNoToken;
};

using MergeTable = PairTable<Merge>;

}  // namespace lmos::tokenizer
