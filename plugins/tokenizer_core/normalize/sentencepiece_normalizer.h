// Text as SentencePiece prepares it for its models.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "tokenizer_core/added/token_trie.h"
#include "tokenizer_core/normalize/charsmap.h"
#include "tokenizer_core/normalize/normalizer.h"

namespace lmos::tokenizer {

// Immutable; any thread.
class SentencePieceNormalizer final : public Normalizer {
 public:
  // `json`: the member `sentencepiece` of a normalizer. `charsmap` may be null.
  SentencePieceNormalizer(const JsonCursor& json, std::unique_ptr<const Charsmap> charsmap);

  void apply(AlignedText& text) const override;

 private:
  // What the beginning of a text becomes, and how many of its bytes that is.
  struct Prefix {
    size_t bytes;
    std::string_view by;
    bool changed;
  };

  Prefix normalize_prefix(std::string_view text) const;
  size_t plain_bytes(std::string_view text) const;
  // False where there was nothing but space.
  bool rewrite(AlignedText& text) const;
  void end_in_one_space(AlignedText& text) const;

  bool add_dummy_prefix_, remove_extra_whitespaces_, escape_whitespaces_, space_is_suffix_;
  std::string_view space_;  // how a space is written
  std::unique_ptr<const Charsmap> charsmap_;
  TokenTrie user_defined_;  // texts that stay as they are
};

}  // namespace lmos::tokenizer
