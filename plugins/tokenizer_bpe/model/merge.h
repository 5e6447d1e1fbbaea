#pragma once

#include <cstdint>

#include "tokenizer_bpe/model/pair_table.h"
#include "tokenizer_bpe/model/token_id.h"

namespace lmos::bpe {

inline constexpr uint32_t kNoRank = UINT32_MAX;

// What becomes of a pair of symbols.
struct Merge {
  uint32_t rank = kNoRank;  // lower merges first; kNoRank: the pair does not merge
  TokenId merged = kNoToken;
};

using MergeTable = PairTable<Merge>;

}  // namespace lmos::bpe
