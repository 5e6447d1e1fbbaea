// Turns what a model says into the answer of one route.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "serve/api_error.h"
#include "serve/token_logprobs.h"
#include "serve/usage.h"
#include "wire/message.h"

namespace lmos::serve {

// What a continuation has gained.
struct TextPiece {
  uint32_t index = 0;
  std::string_view text;                   // UTF-8; may be empty
  const TokenLogprobs& logprobs;           // of the tokens in it, if they were asked for
  std::optional<wire::FinishKind> finish;  // this piece is its last
};

// Holds the exchange that it answers through. The loop's thread only.
class AnswerWriter {
 public:
  virtual ~AnswerWriter() = default;
  // The request was accepted.
  virtual void begin() = 0;
  // Then, of each continuation, pieces to its end.
  virtual void add(const TextPiece& piece) = 0;
  // All have ended: the answer is complete.
  virtual void end(const Usage& usage) = 0;
  // In place of all that would follow; also before begin().
  virtual void fail(const ApiError& error) = 0;
};

}  // namespace lmos::serve
