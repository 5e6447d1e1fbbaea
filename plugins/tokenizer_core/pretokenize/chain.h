// The steps of a file's `pre_tokenizer`, run one after the other.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/pretokenize/pre_tokenizer.h"

namespace lmos::tokenizer {

// The pattern that GPT-2 splits words with.
extern const char* const kGpt2Pattern;

// Immutable; any thread.
class PreTokenizerChain {
 public:
  PreTokenizerChain() = default;
  // Throws TokenizerError for an unknown type. Absent: text is one word. `may_end_in_bytes`: the
  // model can read the byte-level alphabet itself.
  PreTokenizerChain(const std::optional<JsonCursor>& json, bool may_end_in_bytes);

  // Hands `sink` the words of `piece` in order, none empty.
  void split(Piece piece, PieceSink& sink) const;

  // The words that split gives are plain bytes that the model must read in the byte-level alphabet.
  bool ends_in_bytes() const { return ends_in_bytes_; }

 private:
  std::vector<std::unique_ptr<PreTokenizer>> steps_;
  bool ends_in_bytes_ = false;
};

}  // namespace lmos::tokenizer
