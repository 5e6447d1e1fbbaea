// Stages that join tokens, with or without something between them.
#pragma once

#include <string>

#include "tokenizer_core/decode/stage.h"

namespace lmos::tokenizer {

// All tokens become one.
class FuseStage : public DecodeStage {
 public:
  explicit FuseStage(DecodeStage& next) : next_(next) {}
  void push(Fragment fragment) override;
  void finish() override;

 private:
  DecodeStage& next_;
  bool begun_ = false;
};

// A space between tokens: what a file without a decoder means.
class SpaceBetweenStage : public DecodeStage {
 public:
  explicit SpaceBetweenStage(DecodeStage& next) : next_(next) {}
  void push(Fragment fragment) override;
  void finish() override { next_.finish(); }

 private:
  DecodeStage& next_;
  bool begun_ = false;
};

// `suffix`, the mark of a word's last token, becomes a space, or nothing in the last token of all,
// which is why one token is kept back.
class WordSuffixStage : public DecodeStage {
 public:
  WordSuffixStage(std::string suffix, DecodeStage& next)
      : suffix_(std::move(suffix)), next_(next) {}
  void push(Fragment fragment) override;
  void finish() override;

 private:
  void flush(std::string_view replacement);

  std::string suffix_;
  DecodeStage& next_;
  std::string token_;
  bool has_token_ = false;
};

}  // namespace lmos::tokenizer
