// Stages that edit each token's text.
#pragma once

#include <string>

#include "tokenizer_core/decode/stage.h"
#include "tokenizer_core/text/pattern.h"

namespace lmos::tokenizer {

// Matches of a pattern become `content`. A plain string keeps back what could be its beginning, a
// regular expression the whole token.
class ReplaceStage : public DecodeStage {
 public:
  ReplaceStage(Pattern pattern, std::string content, DecodeStage& next)
      : pattern_(std::move(pattern)), content_(std::move(content)), next_(next) {}
  void push(Fragment fragment) override;
  void finish() override { next_.finish(); }

 private:
  size_t bytes_to_keep_back(std::string_view text) const;

  Pattern pattern_;
  std::string content_;
  DecodeStage& next_;
  std::string kept_;  // of the token that is not complete
  bool token_begun_ = false;
};

// Up to `start` characters `content` at the start of each token and up to `stop` at its end are
// removed.
class StripStage : public DecodeStage {
 public:
  // `content`: one character.
  StripStage(std::string content, uint64_t start, uint64_t stop, DecodeStage& next)
      : content_(std::move(content)), start_(start), stop_(stop), next_(next) {}
  void push(Fragment fragment) override;
  void finish() override { next_.finish(); }

 private:
  std::string content_;
  uint64_t start_, stop_;
  DecodeStage& next_;
  uint64_t start_left_ = 0;
  uint64_t trailing_ = 0;  // characters `content` that were kept back, at most stop_
  bool token_begun_ = false;
  std::string text_;
};

// `replacement` becomes a space; in the first token of all it is removed if a prefix was added.
class MetaspaceStage : public DecodeStage {
 public:
  MetaspaceStage(std::string replacement, bool removes_first, DecodeStage& next)
      : pattern_(Pattern::literal(replacement)), removes_first_(removes_first), next_(next) {}
  void push(Fragment fragment) override;
  void finish() override { next_.finish(); }

 private:
  Pattern pattern_;
  bool removes_first_;
  DecodeStage& next_;
  bool in_first_ = true;
};

}  // namespace lmos::tokenizer
