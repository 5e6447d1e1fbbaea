#include "serve/api.h"

#include <chrono>

#include "serve/answer.h"
#include "serve/chat_writer.h"
#include "serve/completion_writer.h"
#include "serve/encode_call.h"
#include "serve/encode_request.h"
#include "serve/generation_call.h"
#include "serve/load_request.h"
#include "serve/metrics_page.h"
#include "serve/openapi.h"
#include "serve/response_writer.h"
#include "serve/tokenize_call.h"
#include "serve/usage.h"

namespace lmos::serve {
namespace {

Shape model_shape() {
  const Shape text = Shape::text(), number = count_shape();
  return Shape::object({{"id", text, "", true},
                        {"object", Shape::choice({"model"}), "", true},
                        {"created", number, "Seconds since 1970.", true},
                        {"owned_by", text, "", true},
                        {"state", text, "", true},
                        {"max_model_len", number.or_null(), "Tokens; null: not yet known.", true}});
}

Json model_json(const ServedModel& model, int64_t created) {
  Json json = Json::Object();
  json.set("id", model.config().name);
  json.set("object", "model");
  json.set("created", created);
  json.set("owned_by", "llmasos");
  json.set("state", model_state_text(model.state()));
  json.set("max_model_len",
           model.state() == ModelState::kReady ? Json(model.info().context) : Json());
  return json;
}

void require_admin(const RouteCall& call) {
  if (!call.tenant.admin)
    throw ApiError{403, "permission_error", "this needs an administrator's API key",
                   "",  "admin_required",   0};
}

// How the model writes calls of tools; kNone where there are none to call. ApiError where it can't
// be told what tools there are, or what it says of them can't be read.
wire::ToolCalls tool_calls_of(const ServedModel& model, bool wanted) {
  if (!wanted || model.state() != ModelState::kReady) return wire::ToolCalls::kNone;
  const wire::ToolCalls style = model.info().tool_calls;
  if (style == wire::ToolCalls::kNone)
    throw invalid_request("tools: this model's chat template has no place for tools", "tools");
  if (style == wire::ToolCalls::kOther)
    throw invalid_request(
        "tools: this model writes calls of tools in a way that can't be read here; describe them "
        "in a message and read its answer yourself",
        "tools");
  return style;
}

}  // namespace

Api::Api(const Config& config, ModelTable& models, ModelLoader& loader, Router& router)
    : config_(config),
      models_(models),
      loader_(loader),
      router_(router),
      started_(std::chrono::duration_cast<std::chrono::seconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()) {
  router.add(health_routes());
  router.add(model_routes());
  router.add(generation_routes());
  router.add(encoder_routes());
}

std::function<void(const RouteCall&)> Api::handler(Handler run, bool work) {
  return [this, run, work](const RouteCall& call) {
    if (work && draining_) throw unavailable("the server is about to end", "server_ending");
    (this->*run)(call);
  };
}

std::vector<Route> Api::health_routes() {
  return {
      {.method = "GET",
       .path = "/healthz",
       .summary = "Whether the daemon runs.",
       .open = true,
       .content_type = "text/plain",
       .run = handler(&Api::health)},
      {.method = "GET",
       .path = "/readyz",
       .summary = "Whether every model takes requests; 503 with the same answer if not.",
       .open = true,
       .answer = Shape::object({{"ready", Shape::boolean(), "", true},
                                {"models", Shape::map(Shape::text()), "States.", true}}),
       .run = handler(&Api::readiness)},
      {.method = "GET",
       .path = "/metrics",
       .summary = "Figures for Prometheus.",
       .content_type = "text/plain; version=0.0.4",
       .run = handler(&Api::show_metrics)},
      {.method = "GET",
       .path = "/openapi.json",
       .summary = "This document.",
       .answer = Shape::map(Shape::anything()),
       .run = handler(&Api::describe)},
  };
}

std::vector<Route> Api::model_routes() {
  return {
      {.method = "GET",
       .path = "/v1/models",
       .summary = "The models.",
       .answer = Shape::object({{"object", Shape::choice({"list"}), "", true},
                                {"data", Shape::list(model_shape()), "", true}}),
       .run = handler(&Api::list_models)},
      {.method = "GET",
       .path = "/v1/models/{model}",
       .summary = "One model.",
       .answer = model_shape(),
       .run = handler(&Api::show_model)},
      {.method = "POST",
       .path = "/v1/models/load",
       .summary = "Serve a model, in place of the one of this name if there is one; for "
                  "administrators. Answers once it takes requests.",
       .body = load_body(),
       .answer = model_shape(),
       .run = handler(&Api::load_model, true)},
      {.method = "POST",
       .path = "/v1/models/unload",
       .summary = "Serve a model no longer; for administrators. Its requests finish.",
       .body = Shape::object({{"name", Shape::text(1), "", true}}),
       .answer = Shape::object({{"id", Shape::text(), "", true},
                                {"object", Shape::choice({"model"}), "", true},
                                {"deleted", Shape::boolean(), "", true}}),
       .run = handler(&Api::unload_model, true)},
  };
}

std::vector<Route> Api::generation_routes() {
  return {
      {.method = "POST",
       .path = "/v1/completions",
       .summary = "Continue texts.",
       .body = completion_body(config_.limits),
       .answer = completion_answer(),
       .events = true,
       .run = handler(&Api::complete, true)},
      {.method = "POST",
       .path = "/v1/chat/completions",
       .summary = "The next message of a conversation.",
       .body = chat_body(config_.limits),
       .answer = chat_answer(),
       .events = true,
       .run = handler(&Api::chat, true)},
      {.method = "POST",
       .path = "/v1/responses",
       .summary = "The next message of a conversation, in the form of the Responses API.",
       .body = response_body(config_.limits),
       .answer = response_answer(),
       .events = true,
       .run = handler(&Api::respond, true)},
      {.method = "POST",
       .path = "/tokenize",
       .summary = "The tokens of a text.",
       .body = tokenize_body(config_.limits),
       .answer = tokenize_answer(),
       .run = handler(&Api::tokenize, true)},
      {.method = "POST",
       .path = "/detokenize",
       .summary = "The text of tokens.",
       .body = detokenize_body(),
       .answer = Shape::object({{"prompt", Shape::text(), "", true}}),
       .run = handler(&Api::detokenize, true)},
  };
}

std::vector<Route> Api::encoder_routes() {
  return {
      {.method = "POST",
       .path = "/v1/embeddings",
       .summary = "Texts as vectors, by an encoder.",
       .body = embedding_body(config_.limits),
       .answer = embedding_answer(),
       .run = handler(&Api::embed, true)},
      {.method = "POST",
       .path = "/v1/classify",
       .summary = "The classes of texts, by an encoder that was trained to tell them.",
       .body = classify_body(config_.limits),
       .answer = classify_answer(),
       .run = handler(&Api::classify, true)},
  };
}

void Api::health(const RouteCall& call) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = "ok\n";
  call.exchange->respond(std::move(response));
}

void Api::readiness(const RouteCall& call) {
  Json states = Json::Object();
  bool ready = !draining_;
  for (const auto& model : models_.all()) {
    states.set(model->config().name, model_state_text(model->state()));
    ready = ready && model->state() == ModelState::kReady;
  }
  Json json = Json::Object();
  json.set("ready", ready);
  json.set("models", std::move(states));
  respond_json(*call.exchange, json, ready ? 200 : 503);
}

void Api::show_metrics(const RouteCall& call) {
  HttpResponse response;
  response.content_type = "text/plain; version=0.0.4";
  response.body = metrics_page(models_, router_.errors());
  call.exchange->respond(std::move(response));
}

void Api::describe(const RouteCall& call) {
  respond_json(*call.exchange, openapi_document(router_.routes(), router_.asks_for_keys()));
}

void Api::list_models(const RouteCall& call) {
  Json::Array list;
  for (const auto& model : models_.all()) list.push_back(model_json(*model, started_));
  Json json = Json::Object();
  json.set("object", "list");
  json.set("data", std::move(list));
  respond_json(*call.exchange, json);
}

void Api::show_model(const RouteCall& call) {
  respond_json(*call.exchange, model_json(models_.at(call.parameter), started_));
}

void Api::load_model(const RouteCall& call) {
  require_admin(call);
  const std::string name = text_or(call.body, "name", "");
  loader_.load(model_of_request(call.body),
               [this, exchange = call.exchange, name](const std::optional<ApiError>& failure) {
                 if (failure) return respond_error(*exchange, *failure);
                 respond_json(*exchange, model_json(models_.at(name), started_));
               });
}

void Api::unload_model(const RouteCall& call) {
  require_admin(call);
  const std::string name = text_or(call.body, "name", "");
  loader_.unload(name);
  Json json = Json::Object();
  json.set("id", name);
  json.set("object", "model");
  json.set("deleted", true);
  respond_json(*call.exchange, json);
}

void Api::complete(const RouteCall& call) {
  CompletionRequest request = read_completion_request(call.body);
  ServedModel& model = models_.at(request.model);
  auto writer = completion_writer(call.exchange, request);
  start_generation(call.exchange, std::move(request.prompts), std::move(writer), model,
                   call.tenant);
}

void Api::chat(const RouteCall& call) {
  ChatRequest request = read_chat_request(call.body);
  ServedModel& model = models_.at(request.model);
  auto writer = chat_writer(call.exchange, request, tool_calls_of(model, request.tools));
  start_generation(call.exchange, {std::move(request.prompt)}, std::move(writer), model,
                   call.tenant);
}

void Api::respond(const RouteCall& call) {
  ResponseRequest request = read_response_request(call.body);
  ServedModel& model = models_.at(request.model);
  auto writer = response_writer(call.exchange, request, tool_calls_of(model, request.tools));
  start_generation(call.exchange, {std::move(request.prompt)}, std::move(writer), model,
                   call.tenant);
}

void Api::embed(const RouteCall& call) {
  EncodeRequest request = read_embedding_request(call.body);
  ServedModel& model = models_.at(request.model);
  start_encode(call.exchange, std::move(request), model, call.tenant);
}

void Api::classify(const RouteCall& call) {
  EncodeRequest request = read_classify_request(call.body);
  ServedModel& model = models_.at(request.model);
  start_encode(call.exchange, std::move(request), model, call.tenant);
}

void Api::tokenize(const RouteCall& call) { start_tokenize(call.exchange, call.body, models_); }

void Api::detokenize(const RouteCall& call) { start_detokenize(call.exchange, call.body, models_); }

}  // namespace lmos::serve
