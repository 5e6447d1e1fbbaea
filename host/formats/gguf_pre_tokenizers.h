// How byte-level vocabularies of GGUF files split text into words: llama.cpp's table of the names
// in tokenizer.ggml.pre.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lmos {

struct GgufPreTokenizer {
  // Any of these names; the first is the one to write.
  std::vector<std::string_view> names;
  // Regular expressions, each of which splits what the one before it left: matches are words, and
  // so is what lies between them.
  std::vector<std::string_view> patterns;
  bool ignore_merges = false;  // a word that is a token is not merged from bytes
  bool add_bos = false;        // where the file does not say
};

// Null where the name is not known.
const GgufPreTokenizer* find_gguf_pre_tokenizer(std::string_view name);
// By the patterns; null where no pre-tokenizer has them.
const GgufPreTokenizer* find_gguf_pre_tokenizer(const std::vector<std::string>& patterns);
// "default, llama-bpe, …", for messages.
std::string gguf_pre_tokenizer_names();

}  // namespace lmos
