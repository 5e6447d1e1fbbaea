#include "programs/top_view.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "formats/quote.h"
#include "programs/progress.h"
#include "programs/sizes.h"

namespace lmos {
namespace {

using client::JobFigures;
using client::ModelFigures;
using client::ServerFigures;

// Of a model between two moments.
struct ModelRates {
  double new_tokens = 0, prompt_tokens = 0;  // a second
  double cached_share = NAN;                 // of the prompts' tokens; NaN: there were none
  double first_token_seconds = NAN;          // mean; NaN: there was none
};

double seconds_between(const ServerFigures& before, const ServerFigures& now) {
  return std::max(1e-3, std::chrono::duration<double>(now.time - before.time).count());
}

ModelRates rates_of(const ServerFigures& before, const ServerFigures& now,
                    const ModelFigures& model) {
  const auto found = std::ranges::find(before.models, model.name, &ModelFigures::name);
  ModelRates rates;
  if (found == before.models.end()) return rates;
  const double seconds = seconds_between(before, now);
  // A daemon that was restarted counts from zero again.
  const auto grown = [&](double ModelFigures::*figure) {
    return std::max(0.0, model.*figure - (*found).*figure);
  };
  const double prompt_tokens = grown(&ModelFigures::prompt_tokens);
  const double first_tokens = grown(&ModelFigures::first_tokens);
  rates.new_tokens = grown(&ModelFigures::new_tokens) / seconds;
  rates.prompt_tokens = prompt_tokens / seconds;
  if (prompt_tokens > 0) rates.cached_share = grown(&ModelFigures::cached_tokens) / prompt_tokens;
  if (first_tokens > 0)
    rates.first_token_seconds = grown(&ModelFigures::first_token_seconds) / first_tokens;
  return rates;
}

std::string percent(double share) {
  return std::isfinite(share) ? std::to_string(std::lround(100 * share)) + "%" : "-";
}

std::string milliseconds(double seconds) {
  return std::isfinite(seconds) ? format_rate(1000 * seconds) + " ms" : "-";
}

std::string count(double value) { return format_count(std::llround(value)); }

// Text of a server must not drive the terminal.
std::string safe(const std::string& text, size_t most) {
  const std::string quoted = quote_text(text, most);
  return quoted.substr(1, quoted.size() - 2);
}

// The first column to the left, the others to the right.
std::vector<std::string> table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      line += (i == 0 ? "" : "  ") + (i == 0 ? row[i] + padding : padding + row[i]);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> model_lines(const ServerFigures& before, const ServerFigures& now) {
  std::vector<std::vector<std::string>> rows = {{"model", "state", "tokens/s", "prompt/s", "cached",
                                                 "first", "running", "waiting", "cache", "memory",
                                                 "restarts"}};
  for (const ModelFigures& model : now.models) {
    const ModelRates rates = rates_of(before, now, model);
    rows.push_back({safe(model.name, 40), safe(model.state, 20), format_rate(rates.new_tokens),
                    format_rate(rates.prompt_tokens), percent(rates.cached_share),
                    milliseconds(rates.first_token_seconds), count(model.running),
                    count(model.waiting),
                    percent(model.cache_tokens > 0 ? model.cache_used / model.cache_tokens : NAN),
                    format_bytes(static_cast<uint64_t>(std::max(0.0, model.resident_bytes))),
                    count(model.restarts)});
  }
  return table(rows);
}

std::vector<std::string> job_lines(const ServerFigures& now) {
  std::vector<std::vector<std::string>> rows = {
      {"job", "status", "kind", "step", "of", "loss", "tokens/s", "left"}};
  const auto given = [](const std::optional<double>& value, auto text) {
    return value && std::isfinite(*value) ? text(*value) : std::string("-");
  };
  const auto loss = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", value);
    return std::string(text);
  };
  for (const JobFigures& job : now.jobs)
    rows.push_back({safe(job.name.empty() ? job.id : job.name, 40), safe(job.status, 20),
                    safe(job.kind, 20), given(job.step, count), given(job.steps, count),
                    given(job.loss, loss), given(job.tokens_per_second, format_rate),
                    given(job.seconds_left, format_duration)});
  return table(rows);
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json number_or_null(const std::optional<double>& value) {
  return value ? number_or_null(*value) : Json();
}

Json model_json(const ServerFigures& before, const ServerFigures& now, const ModelFigures& model) {
  const ModelRates rates = rates_of(before, now, model);
  return Json::Object{{"model", model.name},
                      {"state", model.state},
                      {"tokens_per_second", rates.new_tokens},
                      {"prompt_tokens_per_second", rates.prompt_tokens},
                      {"cached_share", number_or_null(rates.cached_share)},
                      {"first_token_seconds", number_or_null(rates.first_token_seconds)},
                      {"active", model.active},
                      {"running", model.running},
                      {"waiting", model.waiting},
                      {"cache_used_tokens", model.cache_used},
                      {"cache_tokens", model.cache_tokens},
                      {"resident_bytes", model.resident_bytes},
                      {"restarts", model.restarts}};
}

Json job_json(const JobFigures& job) {
  return Json::Object{{"id", job.id},
                      {"name", job.name},
                      {"kind", job.kind},
                      {"status", job.status},
                      {"step", number_or_null(job.step)},
                      {"steps", number_or_null(job.steps)},
                      {"loss", number_or_null(job.loss)},
                      {"tokens_per_second", number_or_null(job.tokens_per_second)},
                      {"seconds_left", number_or_null(job.seconds_left)}};
}

}  // namespace

std::vector<std::string> top_lines(const std::string& server, const ServerFigures& before,
                                   const ServerFigures& now, int width) {
  double new_tokens = 0, active = 0, memory = now.resident_bytes;
  for (const ModelFigures& model : now.models) {
    new_tokens += rates_of(before, now, model).new_tokens;
    active += model.active;
    memory += model.resident_bytes;
  }
  std::vector<std::string> lines = {server + "  " + format_rate(new_tokens) + " tokens/s  " +
                                        count(active) + " running prompts  " +
                                        format_bytes(static_cast<uint64_t>(memory)),
                                    ""};
  std::ranges::move(model_lines(before, now), std::back_inserter(lines));
  if (!now.jobs.empty()) {
    lines.emplace_back();
    std::ranges::move(job_lines(now), std::back_inserter(lines));
  }
  for (std::string& line : lines)
    if (line.size() > static_cast<size_t>(width)) line.resize(static_cast<size_t>(width));
  return lines;
}

Json top_json(const ServerFigures& before, const ServerFigures& now) {
  Json::Array models, jobs;
  for (const ModelFigures& model : now.models) models.push_back(model_json(before, now, model));
  for (const JobFigures& job : now.jobs) jobs.push_back(job_json(job));
  return Json::Object{{"seconds", seconds_between(before, now)},
                      {"resident_bytes", now.resident_bytes},
                      {"models", std::move(models)},
                      {"jobs", std::move(jobs)}};
}

}  // namespace lmos
