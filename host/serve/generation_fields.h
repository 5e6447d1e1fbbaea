// What requests for text say of how it is made: fields that /v1/completions and its younger sisters
// share.
#pragma once

#include <vector>

#include "serve/config.h"
#include "serve/shape.h"
#include "wire/message.h"

namespace lmos::serve {

inline constexpr int64_t kMostTokens = 16'777'216;  // of one request, whatever the context

// temperature, top_p, top_k, min_p, the penalties, seed, stop, logit_bias.
std::vector<ShapeField> generation_fields();
// n, stream and stream_options.
std::vector<ShapeField> answer_fields(const LimitsConfig& limits);

// Sampling but its logprobs, stop strings and biases, of a body that was checked. Without a seed a
// random one is drawn. ApiError for a key of logit_bias that is no token id.
void read_generation(const Json& body, wire::Submit& submit);

struct AnswerForm {
  int64_t n = 1;
  bool stream = false;
  bool include_usage = false;  // a last event with the counts of tokens
};
// ApiError for stream_options without a stream.
AnswerForm read_answer_form(const Json& body);

}  // namespace lmos::serve
