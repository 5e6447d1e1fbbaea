// WordPiece: a word is cut into the longest tokens from left to right; one that can't be is
// unknown.
#pragma once

#include <string>

#include "tokenizer_core/model/model.h"
#include "tokenizer_wordpiece/model/subword_trie.h"

namespace lmos::tokenizer {

// Immutable; any thread.
class WordPieceModel final : public Model {
 public:
  static const ModelKind kKind;

  explicit WordPieceModel(const JsonCursor& json);

  std::unique_ptr<ModelWorkspace> make_workspace() const override;
  // Throws TokenizerError for an unknown word where the vocabulary has no unknown token.
  void encode(std::string_view word, ModelWorkspace& workspace, std::vector<TokenId>& ids,
              std::vector<ByteRange>* ranges) const override;
  const Vocabulary& vocabulary() const override { return vocabulary_; }

 private:
  // False where the word can't be cut into tokens.
  bool cut(std::string_view word, std::vector<TokenId>& ids, std::vector<ByteRange>* ranges) const;

  Vocabulary vocabulary_;
  SubwordTrie trie_;
  SubwordTrie::Node continuing_;  // where the tokens are that do not begin a word
  std::string unknown_token_;
  TokenId unknown_;
  uint64_t longest_word_;  // characters; longer ones are unknown
};

}  // namespace lmos::tokenizer
