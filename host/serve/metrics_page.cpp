#include "serve/metrics_page.h"

#include <unistd.h>

#include <functional>

#include "serve/process_memory.h"

namespace lmos::serve {
namespace {

std::string label(const ServedModel& model) { return "model=\"" + model.config().name + "\""; }

struct Figure {
  const char* name;
  const char* type;
  const char* help;
  double (*value)(ServedModel& model);
};

double number(int64_t value) { return static_cast<double>(value); }
double number(uint64_t value) { return static_cast<double>(value); }

const Figure kFigures[] = {
    {"llmasos_model_ready", "gauge", "1 while the model takes requests.",
     [](ServedModel& m) { return m.state() == ModelState::kReady ? 1.0 : 0.0; }},
    {"llmasos_requests_active", "gauge", "Prompts without an end yet.",
     [](ServedModel& m) { return static_cast<double>(m.active()); }},
    {"llmasos_queue_depth", "gauge", "Sequences that wait for their first step.",
     [](ServedModel& m) { return number(m.heartbeat().waiting); }},
    {"llmasos_queue_tokens", "gauge", "Tokens of unfinished requests, prompts and wishes.",
     [](ServedModel& m) { return number(m.heartbeat().queued_tokens); }},
    {"llmasos_batch_sequences", "gauge", "Sequences in the batch.",
     [](ServedModel& m) { return number(m.heartbeat().running); }},
    {"llmasos_steps_total", "counter", "Steps of this worker's engine.",
     [](ServedModel& m) { return number(m.heartbeat().steps); }},
    {"llmasos_batch_tokens_total", "counter", "Tokens in these steps; over them, the batch size.",
     [](ServedModel& m) { return number(m.heartbeat().batch_tokens); }},
    {"llmasos_drafted_tokens_total", "counter", "Tokens guessed by prompt lookup.",
     [](ServedModel& m) { return number(m.heartbeat().drafted_tokens); }},
    {"llmasos_accepted_tokens_total", "counter", "Of these, those that came true.",
     [](ServedModel& m) { return number(m.heartbeat().accepted_tokens); }},
    {"llmasos_cache_tokens", "gauge", "Places for keys and values.",
     [](ServedModel& m) { return number(m.heartbeat().cache_tokens); }},
    {"llmasos_cache_used_tokens", "gauge", "Of these places, those in use.",
     [](ServedModel& m) { return number(m.heartbeat().cache_used); }},
    {"llmasos_prompt_tokens_total", "counter", "Tokens of accepted prompts.",
     [](ServedModel& m) { return number(m.metrics().prompt_tokens); }},
    {"llmasos_cached_prompt_tokens_total", "counter",
     "Of the prompts, those that the cache held; over all of them, the hit rate.",
     [](ServedModel& m) { return number(m.metrics().cached_tokens); }},
    {"llmasos_new_tokens_total", "counter", "Tokens generated.",
     [](ServedModel& m) { return number(m.metrics().new_tokens); }},
    {"llmasos_worker_resident_bytes", "gauge", "Memory that the model's worker takes.",
     [](ServedModel& m) { return m.worker() < 0 ? 0.0 : number(resident_bytes(m.worker())); }},
    {"llmasos_worker_restarts_total", "counter", "Workers that failed.",
     [](ServedModel& m) { return number(m.metrics().worker_restarts); }},
};

struct Distribution {
  const char* name;
  const char* help;
  const Histogram ModelMetrics::*histogram;
};

const Distribution kDistributions[] = {
    {"llmasos_time_to_first_token_seconds", "From a request's arrival to its first token.",
     &ModelMetrics::first_token},
    {"llmasos_time_per_output_token_seconds", "Between two tokens of a continuation.",
     &ModelMetrics::next_token},
    {"llmasos_request_seconds", "From a request's arrival to the end of its answer.",
     &ModelMetrics::request},
    {"llmasos_queue_wait_seconds", "Before a sequence's first step.", &ModelMetrics::queue},
};

}  // namespace

std::string metrics_page(const ModelTable& models, const std::map<int, uint64_t>& errors) {
  MetricsText text;
  for (const Figure& figure : kFigures) {
    text.type(figure.name, figure.type, figure.help);
    for (const auto& model : models.all())
      text.value(figure.name, label(*model), figure.value(*model));
  }
  text.type("llmasos_resident_bytes", "gauge", "Memory that the daemon itself takes.");
  text.value("llmasos_resident_bytes", "", number(resident_bytes(getpid())));
  text.type("llmasos_requests_total", "counter", "Completions by outcome.");
  for (const auto& model : models.all())
    for (const auto& [outcome, count] : model->metrics().requests)
      text.value("llmasos_requests_total", label(*model) + ",outcome=\"" + outcome + "\"",
                 static_cast<double>(count));
  text.type("llmasos_errors_total", "counter",
            "Requests that were refused before a model saw them.");
  for (const auto& [status, count] : errors)
    text.value("llmasos_errors_total", "status=\"" + std::to_string(status) + "\"",
               static_cast<double>(count));
  for (const Distribution& distribution : kDistributions) {
    text.type(distribution.name, "histogram", distribution.help);
    for (const auto& model : models.all())
      text.histogram(distribution.name, label(*model), model->metrics().*distribution.histogram);
  }
  return text.take();
}

}  // namespace lmos::serve
