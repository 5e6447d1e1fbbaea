// Tokens and their ids, both ways.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

// Filled once, then immutable and readable from any thread.
class Vocabulary {
 public:
  // `id_limit`: ids must be below it. Memory is proportional to it.
  Vocabulary(size_t token_count, TokenId id_limit);

  // False where the id or the token is there already.
  bool add(std::string_view token, TokenId id);

  TokenId find(std::string_view token) const;  // kNoToken where there is none
  bool contains(TokenId id) const { return id < tokens_.size() && tokens_[id].has_value(); }
  // Lives as long as the vocabulary. Only for an id that is there.
  std::string_view token(TokenId id) const { return *tokens_[id]; }

  size_t count() const { return count_; }
  TokenId largest_id_plus_one() const { return largest_id_plus_one_; }

 private:
  std::vector<std::optional<std::string>> tokens_;  // by id
  std::vector<TokenId> slots_;                      // open addressing by hash; a power of two
  size_t count_ = 0;
  TokenId largest_id_plus_one_ = 0;
};

}  // namespace lmos::tokenizer
