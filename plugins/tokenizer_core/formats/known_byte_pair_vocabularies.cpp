#include "tokenizer_core/formats/known_byte_pair_vocabularies.h"

#include "tokenizer_core/pretokenize/chain.h"

namespace lmos::tokenizer {
namespace {

constexpr std::string_view kCl100kPattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwenPattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kO200kPattern =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

using Tokens = std::vector<std::pair<size_t, std::string>>;

Tokens llama3_tokens() {
  Tokens tokens = {{128000, "<|begin_of_text|>"},
                   {128001, "<|end_of_text|>"},
                   {128002, "<|reserved_special_token_0|>"},
                   {128003, "<|reserved_special_token_1|>"},
                   {128004, "<|reserved_special_token_2|>"},
                   {128005, "<|reserved_special_token_3|>"},
                   {128006, "<|start_header_id|>"},
                   {128007, "<|end_header_id|>"},
                   {128008, "<|reserved_special_token_4|>"},
                   {128009, "<|eot_id|>"}};
  for (size_t i = 5; i < 251; ++i)
    tokens.emplace_back(128005 + i, "<|reserved_special_token_" + std::to_string(i) + "|>");
  return tokens;
}

Tokens qwen_tokens() {
  Tokens tokens = {{151643, "<|endoftext|>"}, {151644, "<|im_start|>"}, {151645, "<|im_end|>"}};
  for (size_t i = 0; i < 205; ++i)
    tokens.emplace_back(151646 + i, "<|extra_" + std::to_string(i) + "|>");
  return tokens;
}

const std::vector<KnownBytePairVocabulary>& known() {
  static const std::vector<KnownBytePairVocabulary> vocabularies = {
      {"gpt2", 50256, kGpt2Pattern, false, {{50256, "<|endoftext|>"}}},
      {"r50k_base", 50256, kGpt2Pattern, false, {{50256, "<|endoftext|>"}}},
      {"p50k_base", 50280, kGpt2Pattern, false, {{50256, "<|endoftext|>"}}},
      {"cl100k_base",
       100256,
       kCl100kPattern,
       false,
       {{100257, "<|endoftext|>"},
        {100258, "<|fim_prefix|>"},
        {100259, "<|fim_middle|>"},
        {100260, "<|fim_suffix|>"},
        {100276, "<|endofprompt|>"}}},
      {"o200k_base",
       199998,
       kO200kPattern,
       false,
       {{199999, "<|endoftext|>"}, {200018, "<|endofprompt|>"}}},
      {"llama3", 128000, kCl100kPattern, false, llama3_tokens()},
      {"qwen", 151643, kQwenPattern, true, qwen_tokens()},
  };
  return vocabularies;
}

}  // namespace

const KnownBytePairVocabulary* find_byte_pair_vocabulary(std::string_view name) {
  for (const KnownBytePairVocabulary& vocabulary : known()) {
    if (name.starts_with(vocabulary.name)) return &vocabulary;
  }
  return nullptr;
}

const KnownBytePairVocabulary* find_byte_pair_vocabulary(size_t ranks) {
  for (const KnownBytePairVocabulary& vocabulary : known()) {
    if (ranks == vocabulary.ranks) return &vocabulary;
  }
  return nullptr;
}

std::string known_byte_pair_names() {
  std::string names;
  for (const KnownBytePairVocabulary& vocabulary : known())
    names.append(names.empty() ? "" : ", ").append(vocabulary.name);
  return names;
}

}  // namespace lmos::tokenizer
