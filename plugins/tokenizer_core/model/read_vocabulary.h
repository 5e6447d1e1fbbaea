// Reading `model.vocab`.
#pragma once

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/model/vocabulary.h"

namespace lmos::tokenizer {

// One more than the largest id that a file with `token_count` tokens may use: memory must follow
// from the file's size, not from a number in it.
TokenId id_limit(size_t token_count);

// `json`: an object of token to id. Throws TokenizerError for ids that are out of range or given
// twice.
Vocabulary read_vocabulary(const JsonCursor& json);

}  // namespace lmos::tokenizer
