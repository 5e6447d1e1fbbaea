#include "client/server_figures.h"

#include <algorithm>
#include <cmath>

#include "client/metrics_text.h"
#include "errors/error.h"
#include "formats/json_text.h"

namespace lmos::client {
namespace {

constexpr const char* kWhere = "the server's answer";

struct Column {
  const char* metric;
  double ModelFigures::*figure;
};

constexpr Column kColumns[] = {
    {"llmasos_requests_active", &ModelFigures::active},
    {"llmasos_queue_depth", &ModelFigures::waiting},
    {"llmasos_batch_sequences", &ModelFigures::running},
    {"llmasos_cache_tokens", &ModelFigures::cache_tokens},
    {"llmasos_cache_used_tokens", &ModelFigures::cache_used},
    {"llmasos_worker_resident_bytes", &ModelFigures::resident_bytes},
    {"llmasos_prompt_tokens_total", &ModelFigures::prompt_tokens},
    {"llmasos_cached_prompt_tokens_total", &ModelFigures::cached_tokens},
    {"llmasos_new_tokens_total", &ModelFigures::new_tokens},
    {"llmasos_worker_restarts_total", &ModelFigures::restarts},
    {"llmasos_time_to_first_token_seconds_sum", &ModelFigures::first_token_seconds},
    {"llmasos_time_to_first_token_seconds_count", &ModelFigures::first_tokens},
};

// "" if it is absent or no text.
std::string text_of(const Json& object, const char* key) {
  const Json* found = object.find(key);
  return found != nullptr && found->is_string() ? found->as_string(kWhere) : "";
}

std::optional<double> number_of(const Json& object, const char* key) {
  const Json* found = object.find(key);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->as_double(kWhere);
}

Json answer_to(Client& client, const std::string& path) {
  try {
    return client.get(path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    throw Error(ErrorKind::kResource, client.address().url() + " is no llmasosd: " + error.what());
  }
}

void read_metrics(Client& client, ServerFigures& figures) {
  const Response response = client.send({"GET", "/metrics", {}});
  if (response.status >= 400) throw_refusal(response, client.address());
  for (const MetricSample& sample : parse_metrics(response.body)) {
    if (sample.name == "llmasos_resident_bytes") figures.resident_bytes = sample.value;
    const auto name = sample.labels.find("model");
    const auto column = std::ranges::find(kColumns, sample.name, &Column::metric);
    if (name == sample.labels.end() || column == std::end(kColumns)) continue;
    const auto model = std::ranges::find(figures.models, name->second, &ModelFigures::name);
    if (model != figures.models.end()) (*model).*(column->figure) += sample.value;
  }
}

JobFigures job_of(const Json& json) {
  JobFigures job;
  job.id = text_of(json, "id");
  job.name = text_of(json, "name");
  job.kind = text_of(json, "kind");
  job.status = text_of(json, "status");
  if (const Json* progress = json.find("progress")) {
    job.step = number_of(*progress, "step");
    job.steps = number_of(*progress, "steps");
    job.loss = number_of(*progress, "loss");
    job.tokens_per_second = number_of(*progress, "tokens_per_second");
    job.seconds_left = number_of(*progress, "seconds_left");
  }
  return job;
}

}  // namespace

ServerFigures read_figures(Client& client) {
  ServerFigures figures;
  const Json models = answer_to(client, "/v1/models");
  if (const Json* list = models.find("data"); list != nullptr && list->is_array())
    for (const Json& model : list->as_array(kWhere)) {
      figures.models.emplace_back();
      figures.models.back().name = text_of(model, "id");
      figures.models.back().state = text_of(model, "state");
    }
  read_metrics(client, figures);
  figures.time = std::chrono::steady_clock::now();
  const Response jobs = client.send({"GET", "/v1/jobs?limit=20", {}});
  if (jobs.status == 404) return figures;  // it runs none
  if (jobs.status >= 400) throw_refusal(jobs, client.address());
  const Json answer = parse_json(jobs.body, kWhere);
  if (const Json* list = answer.find("data"); list != nullptr && list->is_array())
    for (const Json& job : list->as_array(kWhere)) figures.jobs.push_back(job_of(job));
  return figures;
}

}  // namespace lmos::client
