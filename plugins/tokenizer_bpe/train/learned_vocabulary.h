// What training learned, and the tokenizer.json that says it.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tokenizer_bpe/model/token_id.h"
#include "tokenizer_bpe/train/training.h"

namespace lmos::bpe {

struct LearnedVocabulary {
  std::vector<std::string> tokens;  // by id
  std::unordered_map<std::string, TokenId> ids;
  std::vector<std::pair<TokenId, TokenId>> merges;  // in order of rank

  // The token's id, a new one if it has none.
  TokenId add(const std::string& token);
};

// Which Hugging Face tokenizers read, too.
std::string to_tokenizer_json(const LearnedVocabulary& vocabulary, const TrainingOptions& options);

}  // namespace lmos::bpe
