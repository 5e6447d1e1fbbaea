#include "serve/jobs/jobs_api.h"

#include <spdlog/spdlog.h>

#include <limits>

#include "errors/error.h"
#include "formats/quote.h"
#include "pipeline/yaml_reader.h"
#include "serve/answer.h"
#include "serve/jobs/job_shapes.h"
#include "serve/jobs/job_streams.h"

namespace lmos::serve {
namespace {

constexpr int64_t kMostJobs = 100;      // in one answer
constexpr int64_t kMostRows = 100'000;  // of metrics, or lines of a log

ApiError not_found(const std::string& what, std::string code) {
  ApiError error = unknown_route(what);
  error.code = std::move(code);
  return error;
}

Shape pipeline_shape(bool text) {
  std::vector<ShapeField> fields = {{"name", Shape::text(), "", true},
                                    {"object", Shape::choice({"pipeline"}), "", true}};
  if (text) fields.push_back({"pipeline", Shape::text(), "YAML.", true});
  return Shape::object(std::move(fields));
}

Json pipeline_json(const std::string& name) {
  Json json = Json::Object();
  json.set("name", name);
  json.set("object", "pipeline");
  return json;
}

std::vector<ShapeField> follow_fields(const char* what) {
  return {{"follow", Shape::boolean(), "Server-sent events, until the job ends."},
          {"limit", Shape::integer(1, kMostRows), what}};
}

}  // namespace

JobsApi::JobsApi(const Config& config, JobQueue& jobs, Router& router)
    : config_(config), jobs_(jobs) {
  router.add(job_routes());
  router.add(pipeline_routes());
}

std::function<void(const RouteCall&)> JobsApi::handler(Handler run) {
  return [this, run](const RouteCall& call) { (this->*run)(call); };
}

std::vector<Route> JobsApi::job_routes() {
  std::vector<ShapeField> metrics_query = follow_fields("The last rows; unless given, 10000.");
  metrics_query.push_back({"after", Shape::integer(-1, INT64_MAX), "Rows of later steps only."});
  return {
      {.method = "POST",
       .path = "/v1/jobs",
       .summary = "Run a pipeline as a job.",
       .body = job_body(),
       .answer = job_shape(),
       .status = 201,
       .run = handler(&JobsApi::submit)},
      {.method = "GET",
       .path = "/v1/jobs",
       .summary = "The jobs, the newest first.",
       .query = {{"limit", Shape::integer(1, kMostJobs), "Unless given, 20."},
                 {"after", Shape::text(), "The id of the last job of the page before."}},
       .answer = list_shape(job_shape()),
       .run = handler(&JobsApi::list)},
      {.method = "GET",
       .path = "/v1/jobs/{id}",
       .summary = "One job.",
       .answer = job_shape(),
       .run = handler(&JobsApi::show)},
      {.method = "POST",
       .path = "/v1/jobs/{id}/cancel",
       .summary = "End a job; what it has saved stays.",
       .answer = job_shape(),
       .run = handler(&JobsApi::cancel)},
      {.method = "POST",
       .path = "/v1/jobs/{id}/resume",
       .summary = "Let a job that has failed or was cancelled go on from its last checkpoint.",
       .answer = job_shape(),
       .run = handler(&JobsApi::resume)},
      {.method = "GET",
       .path = "/v1/jobs/{id}/logs",
       .summary = "What a job has printed.",
       .query = follow_fields("The last lines; unless given, 1000."),
       .answer = list_shape(Shape::text()),
       .events = true,
       .run = handler(&JobsApi::show_logs)},
      {.method = "GET",
       .path = "/v1/jobs/{id}/metrics",
       .summary = "Loss, speed and more of each step.",
       .query = metrics_query,
       .answer = list_shape(Shape::map(Shape::anything())),
       .events = true,
       .run = handler(&JobsApi::show_metrics)},
  };
}

std::vector<Route> JobsApi::pipeline_routes() {
  return {
      {.method = "GET",
       .path = "/v1/pipelines",
       .summary = "The declared pipelines.",
       .answer = list_shape(pipeline_shape(false)),
       .run = handler(&JobsApi::list_pipelines)},
      {.method = "GET",
       .path = "/v1/pipelines/{name}",
       .summary = "One declared pipeline.",
       .answer = pipeline_shape(true),
       .run = handler(&JobsApi::show_pipeline)},
      {.method = "POST",
       .path = "/v1/pipelines/{name}",
       .summary = "Run a declared pipeline as a job.",
       .body = set_body(),
       .answer = job_shape(),
       .status = 201,
       .run = handler(&JobsApi::start_pipeline)},
  };
}

JobView JobsApi::visible(const RouteCall& call, const std::string& id) const {
  auto view = jobs_.find(id);
  if (!view || (!call.tenant.admin && view->job.owner != call.tenant.id))
    throw not_found("there is no job " + quote_text(id), "job_not_found");
  return std::move(*view);
}

std::string JobsApi::pipeline_text(const std::string& name) const {
  const auto found = config_.jobs.pipelines.find(name);
  if (found == config_.jobs.pipelines.end())
    throw not_found("there is no pipeline " + quote_text(name) + "; GET /v1/pipelines lists them",
                    "pipeline_not_found");
  try {
    return read_yaml_text(found->second);
  } catch (const Error& error) {
    spdlog::error("pipelines.{}: {}", name, error.what());
    throw unavailable("the file of the pipeline '" + name + "' can't be read now",
                      "pipeline_unreadable");
  }
}

void JobsApi::submit(const RouteCall& call, JobRequest request) {
  request.owner = call.tenant.id;
  JobQueue::Answer answer;
  answer.accepted = [exchange = call.exchange](const JobView& view) {
    respond_json(*exchange, job_json(view), 201);
  };
  answer.refused = [exchange = call.exchange](const ApiError& error) {
    respond_error(*exchange, error);
  };
  call.exchange->on_gone(jobs_.submit(std::move(request), std::move(answer)));
}

void JobsApi::submit(const RouteCall& call) {
  const Json* pipeline = given(call.body, "pipeline");
  const Json* name = given(call.body, "name");
  if ((pipeline == nullptr) == (name == nullptr))
    throw invalid_request("give either \"pipeline\", as YAML, or the \"name\" of a declared one",
                          "pipeline");
  JobRequest request;
  request.settings = settings_of(call.body);
  if (name != nullptr) {
    request.name = name->as_string("name");
    request.pipeline = pipeline_text(request.name);
  } else {
    request.pipeline = pipeline->as_string("pipeline");
  }
  submit(call, std::move(request));
}

void JobsApi::start_pipeline(const RouteCall& call) {
  submit(call, {"", call.parameter, pipeline_text(call.parameter), settings_of(call.body)});
}

void JobsApi::list(const RouteCall& call) {
  const int64_t limit = integer_or(call.query, "limit", 20);
  int64_t before = std::numeric_limits<int64_t>::max();
  if (const std::string after = text_or(call.query, "after", ""); !after.empty())
    before = visible(call, after).job.number;
  auto page = jobs_.page(call.tenant.id, call.tenant.admin, before, limit + 1);
  const bool more = page.size() > static_cast<size_t>(limit);
  if (more) page.pop_back();
  Json::Array data;
  for (const JobView& view : page) data.push_back(job_json(view));
  respond_json(*call.exchange, list_json(std::move(data), more));
}

void JobsApi::show(const RouteCall& call) {
  respond_json(*call.exchange, job_json(visible(call, call.parameter)));
}

void JobsApi::cancel(const RouteCall& call) {
  const std::string id = visible(call, call.parameter).job.id;
  respond_json(*call.exchange, job_json(jobs_.cancel(id)));
}

void JobsApi::resume(const RouteCall& call) {
  const std::string id = visible(call, call.parameter).job.id;
  respond_json(*call.exchange, job_json(jobs_.resume(id)));
}

void JobsApi::show_logs(const RouteCall& call) {
  const std::string id = visible(call, call.parameter).job.id;
  const auto limit = static_cast<size_t>(integer_or(call.query, "limit", 1000));
  if (flag_or(call.query, "follow", false)) return follow_lines(call.exchange, jobs_, id, limit);
  respond_json(*call.exchange, job_lines(jobs_, id, limit));
}

void JobsApi::show_metrics(const RouteCall& call) {
  const StoredJob job = visible(call, call.parameter).job;
  const auto limit = static_cast<size_t>(integer_or(call.query, "limit", 10'000));
  const int64_t after = integer_or(call.query, "after", -1);
  if (flag_or(call.query, "follow", false))
    return follow_metrics(call.exchange, jobs_, job, after, limit);
  respond_json(*call.exchange, job_metrics(job, after, limit));
}

void JobsApi::list_pipelines(const RouteCall& call) {
  Json::Array data;
  for (const auto& [name, file] : config_.jobs.pipelines) data.push_back(pipeline_json(name));
  respond_json(*call.exchange, list_json(std::move(data), false));
}

void JobsApi::show_pipeline(const RouteCall& call) {
  Json json = pipeline_json(call.parameter);
  json.set("pipeline", pipeline_text(call.parameter));
  respond_json(*call.exchange, json);
}

}  // namespace lmos::serve
