#include "serve/tokenize_call.h"

#include "formats/utf8.h"
#include "serve/answer.h"
#include "serve/request_fields.h"

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

void start_tokenize(std::shared_ptr<HttpExchange> exchange, const Json& body, ModelTable& models) {
  RequestFields fields(body);
  ServedModel& model = models.at(fields.required_text("model"));
  wire::Tokenize request;
  request.text = fields.required_text("prompt");
  request.special = fields.flag("add_special_tokens").value_or(true);
  fields.finish();
  model.tokenize(std::move(request),
                 std::make_shared<Events>(std::move(exchange), model.info().context));
}

void start_detokenize(std::shared_ptr<HttpExchange> exchange, const Json& body,
                      ModelTable& models) {
  RequestFields fields(body);
  ServedModel& model = models.at(fields.required_text("model"));
  const Json* tokens = fields.any("tokens");
  wire::Detokenize request;
  request.ids = checked_ids(tokens ? *tokens : Json(), "tokens");
  fields.finish();
  model.detokenize(std::move(request),
                   std::make_shared<Events>(std::move(exchange), model.info().context));
}

}  // namespace lmos::serve
