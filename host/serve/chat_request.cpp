#include "serve/chat_request.h"

#include "serve/api_error.h"
#include "serve/chat_messages.h"
#include "serve/token_logprobs.h"
#include "serve/usage.h"

namespace lmos::serve {
namespace {

constexpr const char* kNoEffect = "Has no effect.";

std::vector<ShapeField> fields_without_effect() {
  return {{"store", Shape::boolean(), kNoEffect},
          {"metadata", Shape::map(Shape::text()), kNoEffect},
          {"parallel_tool_calls", Shape::boolean(), kNoEffect},
          {"service_tier", Shape::text(), kNoEffect},
          {"reasoning_effort", Shape::text(), kNoEffect},
          {"safety_identifier", Shape::text(), kNoEffect},
          {"prompt_cache_key", Shape::text(), kNoEffect}};
}

}  // namespace

Shape chat_body(const LimitsConfig& limits) {
  const Shape tokens = Shape::integer(1, kMostTokens);
  std::vector<ShapeField> fields = {
      {"model", Shape::text(), "A name of GET /v1/models.", true},
      {"messages", chat_messages(limits), "The conversation so far.", true},
      {"max_completion_tokens", tokens, "Unless given, what the context leaves."},
      {"max_tokens", tokens, "The same."},
      {"logprobs", Shape::boolean(), "Tell each token's logarithmic probability."},
      {"top_logprobs", Shape::integer(0, limits.logprobs), "And the likeliest so many others."},
      {"response_format", Shape::object({{"type", Shape::choice({"text"}), "", true}}),
       "Answers can't be forced into another form."},
      {"modalities", Shape::list(Shape::choice({"text"})), ""},
      {"tools", chat_tools(limits), "Functions that the model may call."},
      {"tool_choice", tool_choice(), "Unless given, auto where there are tools."},
      {"chat_template_kwargs", Shape::map(Shape::anything()), "More variables of the template."},
  };
  for (auto& more : {answer_fields(limits), generation_fields(), fields_without_effect()})
    fields.insert(fields.end(), more.begin(), more.end());
  return Shape::object(std::move(fields));
}

Shape chat_answer() {
  const Shape text = Shape::text();
  const Shape call = Shape::object(
      {{"id", text, "", true},
       {"type", Shape::choice({"function"}), "", true},
       {"function",
        Shape::object({{"name", text, "", true}, {"arguments", text, "A JSON object.", true}}), "",
        true}});
  const Shape message = Shape::object({{"role", Shape::choice({"assistant"}), "", true},
                                       {"content", text.or_null(), "", true},
                                       {"refusal", text.or_null(), "", true},
                                       {"tool_calls", Shape::list(call, 1), ""}});
  const Shape logprobs = Shape::object(
      {{"content", chat_logprobs_shape(), "", true}, {"refusal", text.or_null(), "", true}});
  const Shape choice =
      Shape::object({{"index", count_shape(), "", true},
                     {"message", message, "", true},
                     {"logprobs", logprobs.or_null(), "", true},
                     {"finish_reason", Shape::choice({"stop", "length", "tool_calls"}), "", true}});
  return Shape::object({{"id", text, "", true},
                        {"object", Shape::choice({"chat.completion"}), "", true},
                        {"created", count_shape(), "Seconds since 1970.", true},
                        {"model", text, "", true},
                        {"choices", Shape::list(choice), "", true},
                        {"usage", usage_shape(), "", true}});
}

ChatRequest read_chat_request(const Json& body) {
  ChatRequest request;
  request.model = text_or(body, "model", "");
  request.form = read_answer_form(body);
  Json tools = read_tools(body);
  request.tools = !tools.is_null();

  wire::Submit& prompt = request.prompt;
  prompt.kind = wire::PromptKind::kChat;
  prompt.text = chat_prompt(template_messages(*given(body, "messages")), std::move(tools),
                            given(body, "chat_template_kwargs"), true);
  prompt.count = static_cast<uint32_t>(request.form.n);
  const int64_t older = integer_or(body, "max_tokens", -1);
  prompt.max_tokens = integer_or(body, "max_completion_tokens", older);
  if (older > 0 && prompt.max_tokens != older)
    throw invalid_request("max_tokens: max_completion_tokens says otherwise; leave one out",
                          "max_tokens");
  read_generation(body, prompt);
  const bool logprobs = flag_or(body, "logprobs", false);
  if (!logprobs && given(body, "top_logprobs") != nullptr)
    throw invalid_request("top_logprobs: only with \"logprobs\": true", "top_logprobs");
  prompt.sampling.logprobs = logprobs ? integer_or(body, "top_logprobs", 0) : -1;
  return request;
}

}  // namespace lmos::serve
