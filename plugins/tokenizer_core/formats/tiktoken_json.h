// tiktoken vocabularies as tokenizer.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/formats/tiktoken_ranks.h"
#include "tokenizer_core/formats/tokenizer_config.h"

namespace lmos::tokenizer {

// `name`: the file's, which may tell how text is split; so may the number of tokens, and before
// both the configuration's pattern. Throws TokenizerError where none does. The model has the member
// `scores`, by which merges are chosen as tiktoken does, by the rank of what they give.
std::string tiktoken_to_json(const std::vector<RankedToken>& tokens, std::string_view name,
                             const TokenizerConfig& config);

}  // namespace lmos::tokenizer
