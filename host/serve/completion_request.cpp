#include "serve/completion_request.h"

#include "serve/api_error.h"
#include "serve/token_list.h"
#include "serve/token_logprobs.h"
#include "serve/usage.h"

namespace lmos::serve {
namespace {

constexpr int64_t kDefaultTokens = 16;  // of max_tokens, as OpenAI's

bool is_ids(const Json& prompt) {
  return prompt.is_array() && !prompt.as_array("prompt").empty() &&
         prompt.as_array("prompt").front().is_number();
}

wire::Submit prompt_of(const Json& prompt) {
  wire::Submit submit;
  if (prompt.is_array()) {
    submit.kind = wire::PromptKind::kTokens;
    submit.prompt_ids = read_tokens(prompt);
  } else {
    submit.text = prompt.as_string("prompt");
  }
  return submit;
}

}  // namespace

Shape completion_body(const LimitsConfig& limits) {
  const auto most = static_cast<size_t>(limits.prompts);
  std::vector<ShapeField> fields = {
      {"model", Shape::text(), "A name of GET /v1/models.", true},
      {"prompt",
       Shape::any_of({Shape::text(), token_list(1), Shape::list(Shape::text(), 1, most),
                      Shape::list(token_list(1), 1, most)}),
       "A text, its tokens, or a list of either.", true},
      {"max_tokens", Shape::integer(0, kMostTokens),
       "Unless given, 16; 0 only with `echo` and `logprobs`."},
      {"echo", Shape::boolean(), "Answer with the prompt too."},
      {"logprobs", Shape::integer(0, limits.logprobs),
       "Tell each token's logarithmic probability, and the likeliest so many others."},
      {"best_of", Shape::integer(1, limits.n), "Only the value of `n`."},
      {"suffix", Shape::choice({""}), "Models that fill in the middle aren't served."},
  };
  for (auto& more : {answer_fields(limits), generation_fields()})
    fields.insert(fields.end(), more.begin(), more.end());
  return Shape::object(std::move(fields));
}

Shape completion_answer() {
  const Shape text = Shape::text(), number = Shape::any_number();
  const Shape logprobs =
      Shape::object({{"tokens", Shape::list(text), "", true},
                     {"token_logprobs", Shape::list(number), "", true},
                     {"top_logprobs", Shape::list(Shape::map(number)), "", true},
                     {"text_offset", Shape::list(count_shape()), "In characters.", true}});
  const Shape choice =
      Shape::object({{"index", count_shape(), "", true},
                     {"text", text, "", true},
                     {"logprobs", completion_logprobs_shape().or_null(), "", true},
                     {"finish_reason", Shape::choice({"stop", "length"}), "", true}});
  return Shape::object({{"id", text, "", true},
                        {"object", Shape::choice({"text_completion"}), "", true},
                        {"created", count_shape(), "Seconds since 1970.", true},
                        {"model", text, "", true},
                        {"choices", Shape::list(choice), "", true},
                        {"usage", usage_shape(), "", true}});
}

CompletionRequest read_completion_request(const Json& body) {
  CompletionRequest request;
  request.model = text_or(body, "model", "");
  request.form = read_answer_form(body);
  request.echo = flag_or(body, "echo", false);
  const Json& prompt = *given(body, "prompt");
  if (prompt.is_array() && !is_ids(prompt)) {
    for (const Json& one : prompt.as_array("prompt")) request.prompts.push_back(prompt_of(one));
  } else {
    request.prompts.push_back(prompt_of(prompt));
  }

  wire::Submit shared;
  shared.max_tokens = integer_or(body, "max_tokens", kDefaultTokens);
  read_generation(body, shared);
  shared.sampling.logprobs = integer_or(body, "logprobs", -1);
  if (shared.max_tokens == 0 && !(request.echo && shared.sampling.logprobs >= 0))
    throw invalid_request("max_tokens: 0 only with echo and logprobs, to judge a text",
                          "max_tokens");
  if (integer_or(body, "best_of", request.form.n) != request.form.n)
    throw invalid_request("best_of: only the value of n; choose among n continuations yourself",
                          "best_of");

  for (wire::Submit& submit : request.prompts) {
    submit.echo = request.echo;
    submit.count = static_cast<uint32_t>(request.form.n);
    submit.max_tokens = shared.max_tokens;
    submit.sampling = shared.sampling;
    submit.stop = shared.stop;
    submit.logit_bias = shared.logit_bias;
  }
  return request;
}

}  // namespace lmos::serve
