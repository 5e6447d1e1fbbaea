// The tokenizer.ggml entries of a GGUF file, checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf.h"

namespace lmos {

// The numbers stand in files.
enum class GgufTokenType : int64_t {
  kUndefined = 0,
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

struct GgufVocabulary {
  // Error(kInput) as tokenizer_json_from_gguf says.
  GgufVocabulary(const GgufMetadata& metadata, const std::string& where);

  std::string model;                 // "llama", "gpt2", "bert", "t5", …
  std::string pre;                   // "default" where the file does not say
  std::vector<std::string> tokens;   // by id; unique, not empty
  std::vector<GgufTokenType> types;  // as many
  std::vector<double> scores;        // as many, or none
  std::vector<std::string_view> merges;
  std::string charsmap;  // compiled normalisation map; empty: none
  std::optional<int64_t> bos, eos, unknown, separator, padding, mask, cls;
  std::optional<bool> add_bos, add_eos, add_space_prefix, remove_extra_whitespaces;
};

}  // namespace lmos
