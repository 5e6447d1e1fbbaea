// What continues a prompt, and what comes of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errors/error.h"
#include "infer/sampling.h"

namespace lmos::infer {

struct GenerationRequest {
  std::vector<int32_t> prompt_ids;  // at least one
  int64_t max_tokens = 0;           // new ones; 0: only with prompt_logprobs
  SamplingOptions sampling;
  std::vector<std::string> stop;  // ends before the first of these in the new text
  // Tell how likely each token of the prompt was, with sampling.logprobs others. Such a prompt is
  // computed whole, whatever is cached.
  bool prompt_logprobs = false;
  uint64_t sequence = 0;  // index of the continuation within its request; see DrawPlace
  // Whose request it is. Tenants share the machine in equal parts, and only requests of one tenant
  // reuse each other's cached prompts: what is cached can be told from the time to the first token.
  std::string tenant;
};

enum class FinishReason { kEndOfText, kStopString, kLength, kCancelled };

std::string_view finish_reason_text(FinishReason reason);  // "end_of_text", ...

struct GeneratedToken {
  int32_t id = 0;
  std::string_view text;              // what became certain with it; may be empty
  double logprob = 0;                 // as SampledToken
  std::span<const TokenLogprob> top;  // as SampledToken
};

// How the model saw a token of the prompt. Natural logarithms, of the softmax over its whole
// vocabulary: what training and evaluation compute.
struct PromptToken {
  int32_t id = 0;
  double logprob = 0;             // given the tokens before
  std::vector<TokenLogprob> top;  // likeliest first, ties by id
};

struct GenerationUsage {
  int64_t prompt_tokens = 0;
  int64_t reused_tokens = 0;  // of the prompt, found in the cache
  int64_t new_tokens = 0;     // without the end-of-text token
  double queue_seconds = 0;   // before its turn came first
};

// Told of a request as it goes on, on the thread that runs the model, which waits meanwhile. Either
// on_finish or on_error is the last call.
class GenerationListener {
 public:
  virtual ~GenerationListener() = default;
  // Of a request with prompt_logprobs: the next tokens of the prompt, from the second on, each
  // once and before any new token.
  virtual void on_prompt(std::span<const PromptToken>) {}
  // Not called for the end-of-text token.
  virtual void on_token(const GeneratedToken& token) = 0;
  // `text`: the rest of it, after that of all tokens.
  virtual void on_finish(FinishReason reason, std::string_view text,
                         const GenerationUsage& usage) = 0;
  // The request failed; others may go on.
  virtual void on_error(const Error& error) = 0;
};

}  // namespace lmos::infer
