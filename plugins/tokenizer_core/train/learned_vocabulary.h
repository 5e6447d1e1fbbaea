// What training learned: tokens, and the merges that made them.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

struct LearnedVocabulary {
  std::vector<std::string> tokens;  // by id
  std::unordered_map<std::string, TokenId> ids;
  std::vector<std::pair<TokenId, TokenId>> merges;  // in order of rank

  // The token's id, a new one if it has none.
  TokenId add(const std::string& token) {
    const auto [place, is_new] = ids.emplace(token, static_cast<TokenId>(tokens.size()));
    if (is_new) tokens.push_back(token);
    return place->second;
  }
};

}  // namespace lmos::tokenizer
