// Byte pair encoding of words: the `model` of a tokenizer file.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_bpe/model/character_seeds.h"
#include "tokenizer_bpe/model/merge.h"
#include "tokenizer_bpe/model/seams.h"
#include "tokenizer_bpe/model/token_lengths.h"
#include "tokenizer_bpe/model/word_merger.h"
#include "tokenizer_core/added/token_trie.h"
#include "tokenizer_core/model/model.h"
#include "tokenizer_core/model/word_cache.h"

namespace lmos::tokenizer {

// What encoding needs to write to. One thread at a time.
struct BpeWorkspace final : ModelWorkspace {
  WordCache cache;
  WordMerger merger;
  std::vector<TokenId> symbols;
  std::vector<uint32_t> lengths;  // bytes of the word that each symbol stands for
  std::string text;
};

// Immutable; any thread.
class BpeModel final : public Model {
 public:
  static const ModelKind kKind;

  // `byte_characters`: words will come as bytes, to be read in the byte-level alphabet.
  BpeModel(const JsonCursor& json, bool byte_characters);

  std::unique_ptr<ModelWorkspace> make_workspace() const override;
  void encode(std::string_view word, ModelWorkspace& workspace, std::vector<TokenId>& ids,
              std::vector<ByteRange>* ranges) const override;
  const Vocabulary& vocabulary() const override { return vocabulary_; }

 private:
  // Where a character stands in its word decides about the prefix and suffix of its symbol.
  enum Position : unsigned { kInside = 0, kFirst = 1, kLast = 2 };

  void read_types(const JsonCursor& json);
  void measure_tokens();
  TokenId find_whole(std::string_view word, std::string& spelled) const;
  void tabulate_symbols();
  std::array<TokenId, 256> byte_symbols() const;
  TokenId find_symbol(std::string_view character, unsigned position, std::string& spelled) const;
  void append_symbols(std::string_view word, BpeWorkspace& workspace) const;
  bool append_fallback_bytes(BpeWorkspace& workspace) const;
  void encode_cached(std::string_view word, BpeWorkspace& workspace,
                     std::vector<TokenId>& ids) const;
  void encode_parts(std::string_view word, BpeWorkspace& workspace,
                    std::vector<TokenId>& ids) const;
  void encode_word(std::string_view word, BpeWorkspace& workspace, std::vector<TokenId>& ids) const;
  void compute(std::string_view word, BpeWorkspace& workspace, std::vector<TokenId>& ids,
               std::vector<ByteRange>* ranges) const;

  Vocabulary vocabulary_;
  MergeTable merges_;
  std::optional<Seams> seams_;           // none where words can't be cut
  std::optional<CharacterSeeds> seeds_;  // only of byte-level models
  bool byte_characters_;
  bool byte_fallback_ = false, fuse_unknown_ = false, ignore_merges_ = false;
  std::optional<TokenLengths> token_lengths_;  // where whole words are looked up
  TokenId unknown_ = kNoToken;
  bool sentencepiece_ = false;  // then a character that is the unknown token's is unknown, too
  TokenTrie user_defined_;      // tokens that are found before all others and never merge
  std::string prefix_;          // of characters that do not begin their word
  std::string suffix_;          // of the character that ends its word
  // By byte and Position: the symbols of bytes (byte_characters_) or ASCII characters; kNoToken
  // elsewhere.
  std::array<std::array<TokenId, 4>, 256> symbols_;
  std::array<TokenId, 256> fallback_bytes_;
};

}  // namespace lmos::tokenizer
