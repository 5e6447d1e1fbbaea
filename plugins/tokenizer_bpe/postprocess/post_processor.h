// Which special tokens stand around a text: the `post_processor` of a tokenizer file.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "tokenizer_bpe/json/cursor.h"
#include "tokenizer_bpe/model/token_id.h"

namespace lmos::bpe {

struct PostProcessor {
  std::vector<TokenId> before, after;
};

// Of one text; templates for pairs of texts are not read. `has_token`: whether an id is in the
// vocabulary. Throws TokenizerError for an unknown type or id.
PostProcessor read_post_processor(const std::optional<JsonCursor>& json,
                                  const std::function<bool(TokenId)>& has_token);

}  // namespace lmos::bpe
