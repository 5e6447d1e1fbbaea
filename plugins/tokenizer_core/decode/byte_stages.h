// Stages that turn tokens that stand for bytes into text.
#pragma once

#include <string>

#include "tokenizer_core/decode/stage.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {

// Characters of the byte-level alphabet become bytes, and all tokens one; a token with other
// characters keeps its text. Bytes that are no UTF-8 become U+FFFD.
class ByteLevelStage : public DecodeStage {
 public:
  explicit ByteLevelStage(DecodeStage& next) : next_(next) {}
  void push(Fragment fragment) override;
  void finish() override;

 private:
  void hand_on(bool ends_token);

  DecodeStage& next_;
  std::string token_;  // what has come of a token that is not complete
  std::string bytes_, text_;
  LossyUtf8 utf8_;
  bool begun_ = false;
};

// Runs of tokens like <0xE4> become the characters that their bytes spell. As in Hugging Face
// tokenizers, a run that is not valid UTF-8 becomes one U+FFFD a byte, which is why a run is kept
// back to its end.
class ByteFallbackStage : public DecodeStage {
 public:
  explicit ByteFallbackStage(DecodeStage& next) : next_(next) {}
  void push(Fragment fragment) override;
  void finish() override;

 private:
  void token(std::string_view text);
  void flush();

  DecodeStage& next_;
  std::string token_;  // what has come of a token that is not complete
  std::string run_;
};

}  // namespace lmos::tokenizer
