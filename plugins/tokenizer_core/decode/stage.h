// Decoding as a chain of stages that tokens flow through, one at a time: the `decoder` of a
// tokenizer file. Whole texts and streams are decoded by the same chain, so that they can't differ.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace lmos::tokenizer {

// Part of a token's text, whole characters of valid UTF-8, borrowed for the call. Stages that join
// tokens hand their one long token on in fragments.
struct Fragment {
  std::string_view text;
  bool begins_token;
  bool ends_token;
};

// One thread at a time.
class DecodeStage {
 public:
  virtual ~DecodeStage() = default;
  // Hands on what has become certain.
  virtual void push(Fragment fragment) = 0;
  // Hands on the rest, then finishes the next stage. Once, after the last push.
  virtual void finish() = 0;
};

// Makes a stage that hands on to `next`, which outlives it. Any thread.
using DecodeStageFactory = std::function<std::unique_ptr<DecodeStage>(DecodeStage& next)>;

}  // namespace lmos::tokenizer
