#include "serve/tokenize_call.h"

#include "formats/utf8.h"
#include "serve/answer.h"
#include "serve/chat_messages.h"
#include "serve/token_list.h"
#include "serve/usage.h"

namespace lmos::serve {
namespace {

class Events final : public RequestEvents {
 public:
  Events(std::shared_ptr<HttpExchange> exchange, int64_t context)
      : exchange_(std::move(exchange)), context_(context) {}

  void on_message(const wire::Message& message) override {
    Json json = Json::Object();
    if (const auto* answer = std::get_if<wire::TokenizeAnswer>(&message)) {
      json.set("tokens", Json::Array(answer->ids.begin(), answer->ids.end()));
      json.set("count", answer->ids.size());
      json.set("max_model_len", context_);
    } else if (const auto* text = std::get_if<wire::DetokenizeAnswer>(&message)) {
      json.set("prompt", replace_invalid_utf8(text->text));
    } else if (const auto* refused = std::get_if<wire::Refused>(&message)) {
      return respond_error(*exchange_, refusal_error(*refused));
    } else {
      return;
    }
    respond_json(*exchange_, json);
  }

  void on_lost(const std::string&) override { respond_error(*exchange_, lost_error()); }

 private:
  std::shared_ptr<HttpExchange> exchange_;
  int64_t context_;
};

}  // namespace

Shape tokenize_body(const LimitsConfig& limits) {
  const ShapeField model = {"model", Shape::text(), "A name of GET /v1/models.", true};
  const Shape text = Shape::object(
      {model,
       {"prompt", Shape::text(), "", true},
       {"add_special_tokens", Shape::boolean(), "Such as the begin of text. Unless given, true."}});
  const Shape chat = Shape::object(
      {model,
       {"messages", chat_messages(limits), "A conversation, as its template renders it.", true},
       {"tools", chat_tools(limits), ""},
       {"chat_template_kwargs", Shape::map(Shape::anything()), "More variables of the template."},
       {"add_generation_prompt", Shape::boolean(),
        "End where the model's answer begins. Unless given, true."}});
  return Shape::any_of({text, chat});
}

Shape tokenize_answer() {
  const Shape number = count_shape();
  return Shape::object({{"tokens", token_list(), "", true},
                        {"count", number, "", true},
                        {"max_model_len", number, "", true}});
}

Shape detokenize_body() {
  return Shape::object({{"model", Shape::text(), "A name of GET /v1/models.", true},
                        {"tokens", token_list(), "", true}});
}

void start_tokenize(std::shared_ptr<HttpExchange> exchange, const Json& body, ModelTable& models) {
  ServedModel& model = models.at(text_or(body, "model", ""));
  wire::Tokenize request;
  if (const Json* messages = given(body, "messages")) {
    request.kind = wire::PromptKind::kChat;
    request.text = chat_prompt(template_messages(*messages), read_tools(body),
                               given(body, "chat_template_kwargs"),
                               flag_or(body, "add_generation_prompt", true));
  } else {
    request.text = text_or(body, "prompt", "");
  }
  request.special = flag_or(body, "add_special_tokens", true);
  model.tokenize(std::move(request),
                 std::make_shared<Events>(std::move(exchange), model.info().context));
}

void start_detokenize(std::shared_ptr<HttpExchange> exchange, const Json& body,
                      ModelTable& models) {
  ServedModel& model = models.at(text_or(body, "model", ""));
  wire::Detokenize request;
  request.ids = read_tokens(*given(body, "tokens"));
  model.detokenize(std::move(request),
                   std::make_shared<Events>(std::move(exchange), model.info().context));
}

}  // namespace lmos::serve
