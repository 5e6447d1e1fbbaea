#include "serve/state/job_store.h"

#include <algorithm>
#include <array>

#include "errors/error.h"

namespace lmos::serve {
namespace {

constexpr std::array kStatusTexts = {"queued", "running",   "succeeded",
                                     "failed", "cancelled", "interrupted"};

const std::string kJobColumns =
    "SELECT number, id, owner, name, kind, pipeline, folder, status, created, started, finished, "
    "step, steps, loss, restarts, error FROM jobs ";

JobStatus status_of(const std::string& text) {
  const auto found = std::ranges::find(kStatusTexts, text);
  return static_cast<JobStatus>(found - kStatusTexts.begin());
}

std::optional<double> number_or_none(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.number(column));
}

std::optional<int64_t> integer_or_none(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

std::optional<std::string> text_or_none(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

StoredJob job_of(const Statement& row) {
  StoredJob job;
  job.number = row.integer(0);
  job.id = row.text(1);
  job.owner = row.text(2);
  job.name = row.text(3);
  job.kind = row.text(4);
  job.pipeline = row.text(5);
  job.folder = row.text(6);
  job.status = status_of(row.text(7));
  job.created = row.number(8);
  job.started = number_or_none(row, 9);
  job.finished = number_or_none(row, 10);
  job.step = integer_or_none(row, 11);
  job.steps = integer_or_none(row, 12);
  job.loss = number_or_none(row, 13);
  job.restarts = row.integer(14);
  job.error = row.text(15);
  return job;
}

std::vector<StoredJob> jobs_of(Statement& rows) {
  std::vector<StoredJob> jobs;
  while (rows.step()) jobs.push_back(job_of(rows));
  return jobs;
}

}  // namespace

std::string_view job_status_text(JobStatus status) {
  return kStatusTexts[static_cast<size_t>(status)];
}

int64_t JobStore::add(const StoredJob& job) {
  Statement row = database_.prepare(
      "INSERT INTO jobs (id, owner, name, kind, pipeline, folder, status, created, steps) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number");
  row.bind(job.id, text_or_none(job.owner), job.name, job.kind, job.pipeline, job.folder,
           job_status_text(job.status), job.created, job.steps);
  if (!row.step()) throw Error(ErrorKind::kInternal, "a job got no number");
  const int64_t number = row.integer(0);
  row.step();
  return number;
}

void JobStore::update(const StoredJob& job) {
  database_
      .prepare(
          "UPDATE jobs SET status = ?, started = ?, finished = ?, step = ?, steps = ?, "
          "loss = ?, restarts = ?, error = ? WHERE id = ?")
      .bind(job_status_text(job.status), job.started, job.finished, job.step, job.steps, job.loss,
            job.restarts, text_or_none(job.error), job.id)
      .run();
}

std::optional<StoredJob> JobStore::find(std::string_view id) const {
  Statement row = database_.prepare(kJobColumns + "WHERE id = ?");
  row.bind(id);
  if (!row.step()) return std::nullopt;
  return job_of(row);
}

std::vector<StoredJob> JobStore::page(std::string_view owner, bool everybody, int64_t before,
                                      int64_t count) const {
  Statement rows = database_.prepare(
      kJobColumns + "WHERE number < ?1 AND (?2 OR owner = ?3) ORDER BY number DESC LIMIT ?4");
  rows.bind(before, int64_t{everybody}, owner, count);
  return jobs_of(rows);
}

std::vector<StoredJob> JobStore::unfinished() const {
  Statement rows = database_.prepare(
      kJobColumns + "WHERE status IN ('queued', 'running', 'interrupted') ORDER BY number");
  return jobs_of(rows);
}

int64_t JobStore::begin_run(std::string_view job, int64_t process, double time) {
  Statement row = database_.prepare(
      "INSERT INTO runs (job, process, started) VALUES (?, ?, ?) RETURNING number");
  row.bind(job, process, time);
  if (!row.step()) throw Error(ErrorKind::kInternal, "a run got no number");
  const int64_t number = row.integer(0);
  row.step();
  return number;
}

void JobStore::end_run(int64_t run, double time, std::string_view outcome) {
  database_.prepare("UPDATE runs SET finished = ?, outcome = ? WHERE number = ?")
      .bind(time, outcome, run)
      .run();
}

}  // namespace lmos::serve
