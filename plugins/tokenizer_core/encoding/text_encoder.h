// The way of one text through a tokenizer: added tokens, then normalizer, added tokens again,
// words, model.
#pragma once

#include <string_view>
#include <vector>

#include "tokenizer_core/encoding/encoding.h"
#include "tokenizer_core/tokenizer_state.h"

namespace lmos::tokenizer {

// Appends the ids of `text`, which is valid UTF-8.
void encode_ids(const Tokenizer::State& state, std::string_view text, std::vector<TokenId>& ids);

// All that is known of the tokens of `text`, valid UTF-8 below 4 GiB. `index`: 0 or 1, the text's.
Encoding encode_text(const Tokenizer::State& state, std::string_view text, int32_t index);

}  // namespace lmos::tokenizer
