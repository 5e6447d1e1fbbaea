// A tokenizer as a Hugging Face tokenizer.json describes it: text to ids and back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/encoding/encoding.h"
#include "tokenizer_core/encoding/lengths.h"
#include "tokenizer_core/model/model.h"
#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

class DecodeStage;

// Immutable: any number of threads may use one. Functions throw TokenizerError for bad input.
class Tokenizer {
 public:
  // Also throws OtherTokenizerKind, where the file is well-formed and its model not of `kind`.
  static Tokenizer from_json(std::string json, const ModelKind& kind);
  // Any of the files that tokenizer_core/formats/tokenizer_files.h names, or a folder of them.
  static Tokenizer from_file(const std::filesystem::path& path, const ModelKind& kind);

  Tokenizer(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Appends the ids of `text`, which must be valid UTF-8. `add_special`: also the tokens that the
  // post-processor puts around texts. Never truncated.
  void encode(std::string_view text, bool add_special, std::vector<TokenId>& ids) const;
  std::vector<TokenId> encode(std::string_view text, bool add_special) const;

  // One text or a pair with all that is known of each token; one window, or several that cover the
  // texts where `truncation` asks for it.
  Windows encode(std::string_view first, std::optional<std::string_view> second, bool add_special,
                 const std::optional<Truncation>& truncation) const;

  // What the file asks for. `encode` does neither by itself.
  const std::optional<Truncation>& truncation() const;
  const std::optional<Padding>& padding() const;

  // Valid UTF-8, whatever the ids spell. Ids at or above vocab_size are an error; ids below it that
  // no token has are left out, as are special tokens where `skip_special`.
  std::string decode(std::span<const TokenId> ids, bool skip_special) const;

  // One more than the largest id.
  TokenId vocab_size() const;
  // kNoToken where there is none.
  TokenId token_to_id(std::string_view token) const;
  // As decode reads it: as the vocabulary spells it, or normalized for an added token that is;
  // empty where no token has the id. Lives as long as the tokenizer.
  std::string_view id_to_token(TokenId id) const;

  // The tokenizer.json that this was made from, or that says the same.
  std::string json() const;

  struct State;

 private:
  friend class DecodeStream;
  explicit Tokenizer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Decodes ids as they come. What push and finish append is, put together, decode() of all ids; it
// never ends within a character. One thread at a time; the tokenizer outlives it.
class DecodeStream {
 public:
  DecodeStream(const Tokenizer& tokenizer, bool skip_special);
  ~DecodeStream();

  // Appends what has become certain to `text`.
  void push(TokenId id, std::string& text);
  // Appends the rest. Once, after the last push.
  void finish(std::string& text);

 private:
  class Output;
  const Tokenizer& tokenizer_;
  bool skip_special_;
  std::unique_ptr<Output> output_;
  std::vector<std::unique_ptr<DecodeStage>> stages_;  // from the last to the first
};

}  // namespace lmos::tokenizer
