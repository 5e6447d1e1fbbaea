#include "tokenizer_core/train/json_parts.h"

#include <boost/json/value.hpp>

namespace lmos::tokenizer {

boost::json::array special_tokens_json(const std::vector<std::string>& special_tokens,
                                       const LearnedVocabulary& vocabulary) {
  boost::json::array tokens;
  for (const std::string& content : special_tokens) {
    tokens.push_back({{"id", vocabulary.ids.at(content)},
                      {"content", content},
                      {"single_word", false},
                      {"lstrip", false},
                      {"rstrip", false},
                      {"normalized", false},
                      {"special", true}});
  }
  return tokens;
}

boost::json::object vocabulary_json(const LearnedVocabulary& vocabulary) {
  boost::json::object ids;
  ids.reserve(vocabulary.tokens.size());
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) ids[vocabulary.tokens[id]] = id;
  return ids;
}

}  // namespace lmos::tokenizer
