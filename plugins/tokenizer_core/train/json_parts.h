// Parts of the tokenizer.json that training writes.
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <vector>

#include "tokenizer_core/train/learned_vocabulary.h"

namespace lmos::tokenizer {

// `added_tokens`: special ones, as the texts say. They are in the vocabulary.
boost::json::array special_tokens_json(const std::vector<std::string>& special_tokens,
                                       const LearnedVocabulary& vocabulary);

// `model.vocab` as BPE and WordPiece have it: ids by token.
boost::json::object vocabulary_json(const LearnedVocabulary& vocabulary);

}  // namespace lmos::tokenizer
