// Stages that work on each token as a whole, with what stands before it.
#pragma once

#include <string>

#include "tokenizer_core/decode/stage.h"

namespace lmos::tokenizer {

// Puts fragments of a token together, for stages that look at whole tokens.
class WholeTokenStage : public DecodeStage {
 public:
  explicit WholeTokenStage(DecodeStage& next) : next_(next) {}
  void push(Fragment fragment) final;
  void finish() final { next_.finish(); }

 protected:
  // What to hand on; it may be empty.
  virtual std::string decode(std::string_view token) = 0;

 private:
  DecodeStage& next_;
  std::string token_;  // what has come of a token that is not complete
};

// Tokens with `prefix` continue the word before them, others begin a new one after a space.
// `cleanup`: English punctuation loses the space before it.
class WordPieceStage : public WholeTokenStage {
 public:
  WordPieceStage(std::string prefix, bool cleanup, DecodeStage& next)
      : WholeTokenStage(next), prefix_(std::move(prefix)), cleanup_(cleanup) {}

 protected:
  std::string decode(std::string_view token) override;

 private:
  std::string prefix_;
  bool cleanup_;
  bool begun_ = false;
};

struct CtcOptions {
  std::string pad_token, word_delimiter_token;
  bool cleanup = true;
};

// Connectionist temporal classification: of equal tokens in a row one is left, and none of padding.
class CtcStage : public WholeTokenStage {
 public:
  CtcStage(CtcOptions options, DecodeStage& next)
      : WholeTokenStage(next), options_(std::move(options)) {}

 protected:
  std::string decode(std::string_view token) override;

 private:
  CtcOptions options_;
  std::string previous_;
  bool begun_ = false;
};

}  // namespace lmos::tokenizer
