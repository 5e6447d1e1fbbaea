#include "serve/api.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "formats/quote.h"
#include "serve/answer.h"
#include "serve/completion_call.h"
#include "serve/metrics_page.h"
#include "serve/request_fields.h"
#include "serve/tokenize_call.h"

namespace lmos::serve {
namespace {

constexpr std::string_view kOneModel = "/v1/models/";

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

bool matches(std::string_view route, const std::string& path) {
  return route.ends_with('/') ? path.starts_with(route) && path.size() > route.size()
                              : path == route;
}

}  // namespace

const Api::Route Api::kRoutes[] = {
    {"GET", "/healthz", true, &Api::health},
    {"GET", "/readyz", true, &Api::readiness},
    {"GET", "/metrics", false, &Api::show_metrics},
    {"GET", "/v1/models", false, &Api::list_models},
    {"GET", "/v1/models/", false, &Api::show_model},
    {"POST", "/v1/completions", false, &Api::complete},
    {"POST", "/tokenize", false, &Api::tokenize},
    {"POST", "/detokenize", false, &Api::detokenize},
};

Api::Api(const Config& config, ModelTable& models, Access& access)
    : config_(config),
      models_(models),
      access_(access),
      started_(std::chrono::duration_cast<std::chrono::seconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()) {}

const Api::Route& Api::find_route(const HttpRequest& request) const {
  const Route* other_method = nullptr;
  for (const Route& route : kRoutes) {
    if (!matches(route.path, request.path)) continue;
    if (request.method == route.method || (request.method == "HEAD" && route.open)) return route;
    other_method = &route;
  }
  if (other_method == nullptr)
    throw unknown_route("there is nothing at " + quote_text(request.path));
  ApiError error = unknown_route(request.path + " takes " + other_method->method + ", not " +
                                 quote_text(request.method));
  error.status = 405;
  throw error;
}

void Api::handle(const std::shared_ptr<HttpExchange>& exchange) {
  try {
    const Route& route = find_route(exchange->request());
    const Tenant tenant = route.open ? Tenant() : access_.admit(exchange->request().authorization);
    (this->*route.run)(exchange, tenant);
  } catch (const ApiError& error) {
    ++errors_[error.status];
    respond_error(*exchange, error);
  } catch (const std::exception& error) {
    spdlog::error("{} {}: {}", exchange->request().method, quote_text(exchange->request().path),
                  error.what());
    ++errors_[500];
    respond_error(*exchange, internal_error("the request failed; the server's log says why"));
  }
}

void Api::health(const Exchange& exchange, const Tenant&) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = "ok\n";
  exchange->respond(std::move(response));
}

void Api::readiness(const Exchange& exchange, const Tenant&) {
  Json states = Json::Object();
  bool ready = !draining_;
  for (const auto& model : models_.all()) {
    states.set(model->config().name, model_state_text(model->state()));
    ready = ready && model->state() == ModelState::kReady;
  }
  Json json = Json::Object();
  json.set("ready", ready);
  json.set("models", std::move(states));
  respond_json(*exchange, json, ready ? 200 : 503);
}

void Api::list_models(const Exchange& exchange, const Tenant&) {
  Json::Array list;
  for (const auto& model : models_.all()) list.push_back(model_json(*model, started_));
  Json json = Json::Object();
  json.set("object", "list");
  json.set("data", std::move(list));
  respond_json(*exchange, json);
}

void Api::show_model(const Exchange& exchange, const Tenant&) {
  const std::string name = exchange->request().path.substr(kOneModel.size());
  respond_json(*exchange, model_json(models_.at(name), started_));
}

void Api::check_not_draining() const {
  if (draining_) throw unavailable("the server is about to end", "server_ending");
}

void Api::complete(const Exchange& exchange, const Tenant& tenant) {
  check_not_draining();
  CompletionRequest request =
      parse_completion_request(parse_body(exchange->request().body), config_.limits);
  ServedModel& model = models_.at(request.model);
  start_completion(exchange, std::move(request), model, tenant);
}

void Api::tokenize(const Exchange& exchange, const Tenant&) {
  check_not_draining();
  start_tokenize(exchange, parse_body(exchange->request().body), models_);
}

void Api::detokenize(const Exchange& exchange, const Tenant&) {
  check_not_draining();
  start_detokenize(exchange, parse_body(exchange->request().body), models_);
}

void Api::show_metrics(const Exchange& exchange, const Tenant&) {
  HttpResponse response;
  response.content_type = "text/plain; version=0.0.4";
  response.body = metrics_page(models_, errors_);
  exchange->respond(std::move(response));
}

}  // namespace lmos::serve
