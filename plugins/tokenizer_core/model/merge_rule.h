#pragma once

#include <cstdint>

#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

// Two symbols that stand side by side become one. Lower ranks first; among equal ranks the
// leftmost.
struct MergeRule {
  TokenId left, right, merged;
  uint32_t rank;
};

}  // namespace lmos::tokenizer
