// Tokens that are found in text before and beside the model: the `added_tokens` of a tokenizer
// file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/added/token_trie.h"
#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/model/vocabulary.h"
#include "tokenizer_core/normalize/normalizer.h"

namespace lmos::tokenizer {

struct AddedToken {
  TokenId id = 0;
  std::string content;
  std::string text;          // as it is searched and decoded: content, normalized if `normalized`
  bool single_word = false;  // only where no word character stands next to it
  bool lstrip = false;       // takes the white space before it
  bool rstrip = false;       // takes the white space after it
  bool normalized = false;   // searched in the normalized text
  bool special = false;      // left out of decoded text on request
};

class AddedTokenSink {
 public:
  // `text` is not empty.
  virtual void text_between(Piece text) = 0;
  // `text`: what the token stands for.
  virtual void added_token(TokenId id, Piece text) = 0;

 protected:
  ~AddedTokenSink() = default;
};

// Immutable; any thread.
class AddedTokens {
 public:
  // `json`: the list; absent: no tokens. `normalizer` may be null. Throws TokenizerError where an
  // id or a text contradicts the vocabulary or another added token. One with the member
  // `sentencepiece` is not searched for.
  AddedTokens(const std::optional<JsonCursor>& json, const Vocabulary& vocabulary,
              const Normalizer* normalizer);

  // Which tokens a text is searched for.
  enum class Set { kInOriginal, kInNormalized };

  // Hands `sink` the tokens found in `text`, and the text between them, in order. Of the tokens
  // that begin at one place the longest is taken.
  void split(Piece text, Set set, AddedTokenSink& sink) const;
  bool empty(Set set) const { return trie(set).empty(); }

  const std::vector<AddedToken>& tokens() const { return tokens_; }

 private:
  const TokenTrie& trie(Set set) const { return set == Set::kInOriginal ? original_ : normalized_; }

  std::vector<AddedToken> tokens_;
  TokenTrie original_, normalized_;  // of indices into tokens_
};

}  // namespace lmos::tokenizer
