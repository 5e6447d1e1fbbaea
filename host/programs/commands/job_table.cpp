#include "programs/commands/job_table.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "errors/error.h"
#include "formats/quote.h"
#include "programs/progress.h"

namespace lmos {
namespace {

const std::string kJobAnswer = "the answer";

std::string text_at(const Json& job, const char* key) {
  return job.at(key, kJobAnswer).as_string(key);
}

std::string fixed_text(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// A number of the job's progress; none is "-".
std::string progress_text(const Json& job, const char* key, std::string (*format)(double)) {
  const Json* progress = job.find("progress");
  const Json* value = progress != nullptr ? progress->find(key) : nullptr;
  return value == nullptr || !value->is_number() ? "-" : format(value->as_double(key));
}

std::string whole(double value) { return format_count(static_cast<int64_t>(value)); }
std::string loss_text(double value) { return fixed_text(value, "%.4f"); }

std::vector<std::string> row_of(const Json& job) {
  const std::string step = progress_text(job, "step", whole);
  const std::string steps = progress_text(job, "steps", whole);
  // A name comes from whoever submitted the job.
  const std::string name = quote_text(text_at(job, "name"), 40);
  return {text_at(job, "id"),
          text_at(job, "status"),
          text_at(job, "kind"),
          name.substr(1, name.size() - 2),
          step == "-" ? step : step + " of " + steps,
          progress_text(job, "loss", loss_text),
          progress_text(job, "tokens_per_second", format_rate),
          progress_text(job, "seconds_left", format_duration)};
}

}  // namespace

std::string job_table(const Json& jobs) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "STATUS", "KIND", "NAME", "DONE", "LOSS", "TOK/S", "LEFT"}};
  for (const Json& job : jobs.as_array("\"data\"")) rows.push_back(row_of(job));
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i)
      text += i + 1 == row.size() ? row[i] + "\n"
                                  : row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
  }
  return text;
}

void follow_job(client::Client& server, const std::string& id, const std::string& what) {
  server.follow({"GET", "/v1/jobs/" + id + "/" + what + "?follow=true", {}},
                [](std::string_view line) {
                  std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
                  return std::fflush(stdout) == 0;
                });
}

int exit_code_of(const Json& job) {
  const std::string status = text_at(job, "status");
  if (status == "failed") return static_cast<int>(ErrorKind::kInternal);
  const bool stopped = status == "cancelled" || status == "interrupted";
  return stopped ? static_cast<int>(ErrorKind::kInterrupted) : 0;
}

}  // namespace lmos
