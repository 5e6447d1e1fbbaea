// tokenizer_config.json: what stands beside a tokenizer's vocabulary.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::tokenizer {

struct ConfiguredToken {
  size_t id;
  std::string content;
  bool special = true, lstrip = false, rstrip = false, single_word = false, normalized = false;
};

// What the file does not say is absent.
struct TokenizerConfig {
  std::string tokenizer_class;  // without "Fast" at its end
  std::vector<ConfiguredToken> added_tokens;
  std::optional<std::string> bos_token, eos_token, unk_token, pattern;
  std::optional<bool> add_bos_token, add_eos_token, add_prefix_space, do_lower_case,
      tokenize_chinese_chars, strip_accents;

  // Every member as it is absent where `folder` has no such file. Throws TokenizerError, naming the
  // file and the member.
  static TokenizerConfig read(const std::filesystem::path& folder);
};

}  // namespace lmos::tokenizer
