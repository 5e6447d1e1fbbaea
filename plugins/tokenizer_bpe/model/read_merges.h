// Reading `model.merges`.
#pragma once

#include <string_view>
#include <vector>

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/model/merge_rule.h"
#include "tokenizer_core/model/vocabulary.h"

namespace lmos::tokenizer {

// `json`: a list of "left right" or [left, right], in order of rank. `prefix`: of symbols inside
// words; the right symbol loses it in the merge. Throws TokenizerError for symbols that are no
// tokens.
std::vector<MergeRule> read_merges(const JsonCursor& json, const Vocabulary& vocabulary,
                                   std::string_view prefix);

}  // namespace lmos::tokenizer
