// Vocabularies of byte pairs that are known by name: how they split text, and their special tokens.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmos::tokenizer {

struct KnownBytePairVocabulary {
  std::string_view name;
  size_t ranks;              // tokens of its file
  std::string_view pattern;  // a regular expression whose matches are the words
  bool normalizes = false;   // to NFC
  // By id; those of a file's own configuration replace them.
  std::vector<std::pair<size_t, std::string>> special_tokens;
};

// By name, or by a file name that begins with it; null where there is none.
const KnownBytePairVocabulary* find_byte_pair_vocabulary(std::string_view name);
const KnownBytePairVocabulary* find_byte_pair_vocabulary(size_t ranks);
// "gpt2, cl100k_base, …"
std::string known_byte_pair_names();

}  // namespace lmos::tokenizer
