// BERT's vocab.txt, a line a token, as tokenizer.json.
#pragma once

#include <string>
#include <string_view>

#include "tokenizer_core/formats/tokenizer_config.h"

namespace lmos::tokenizer {

// The ids are those of the lines, from 0. Where the configuration does not say whether text is
// lowercased, it is if no token but the special ones has an upper-case letter of ASCII. Throws
// TokenizerError, naming the line.
std::string word_piece_to_json(std::string_view vocab_txt, const TokenizerConfig& config);

}  // namespace lmos::tokenizer
