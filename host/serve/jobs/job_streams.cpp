#include "serve/jobs/job_streams.h"

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/utf8.h"
#include "serve/jobs/job_shapes.h"

namespace lmos::serve {
namespace {

constexpr size_t kMostMetricsBytes = 8 << 20;  // read at once

// Empty for a job without metrics.
std::filesystem::path metrics_file(const StoredJob& job) {
  if (job.folder.empty()) return {};
  return std::filesystem::path(job.folder) / "metrics.jsonl";
}

LastLines last_rows(const StoredJob& job, size_t limit) {
  return last_lines(metrics_file(job), limit, kMostMetricsBytes);
}

// A row of the file that is one, beyond a step; null for anything else.
Json row_after(const std::string& line, int64_t step) {
  try {
    Json row = parse_json(line, "metrics.jsonl");
    const Json* number = row.find("step");
    if (number != nullptr && number->is_int64() && number->as_int64("step") > step) return row;
  } catch (const Error&) {
    // Others write in the folder, too.
  }
  return {};
}

class LineStream final : public JobListener {
 public:
  explicit LineStream(std::shared_ptr<HttpExchange> exchange) : exchange_(std::move(exchange)) {}
  void on_line(const std::string& line) override { exchange_->send_event(line); }
  void on_metrics(bool) override {}
  void on_end() override { exchange_->end_events(); }

 private:
  std::shared_ptr<HttpExchange> exchange_;
};

class MetricsStream final : public JobListener {
 public:
  MetricsStream(std::shared_ptr<HttpExchange> exchange, std::filesystem::path file, int64_t after)
      : exchange_(std::move(exchange)), file_(std::move(file)), step_(after) {}

  void begin(const LastLines& rows) {
    for (const std::string& line : rows.lines) send(line);
    end_ = rows.end;
  }
  void on_line(const std::string&) override {}
  void on_metrics(bool anew) override {
    if (anew) end_ = 0;
    for (;;) {
      const LastLines rows = lines_from(file_, end_, kMostMetricsBytes);
      if (rows.lines.empty()) return;
      for (const std::string& line : rows.lines) send(line);
      end_ = rows.end;
    }
  }
  void on_end() override { exchange_->end_events(); }

 private:
  void send(const std::string& line) {
    const Json row = row_after(line, step_);
    if (row.is_null()) return;
    step_ = row.at("step", "").as_int64("step");
    exchange_->send_event(compact_json(row));
  }

  std::shared_ptr<HttpExchange> exchange_;
  std::filesystem::path file_;
  int64_t step_;      // of the last row that was sent
  uint64_t end_ = 0;  // of what was read
};

// Events follow as long as the job is under way, and the client there.
void attach(const std::shared_ptr<HttpExchange>& exchange, JobQueue& jobs, const std::string& id,
            std::shared_ptr<JobListener> listener) {
  const JobListener* who = listener.get();
  if (!jobs.listen(id, std::move(listener))) return exchange->end_events();
  exchange->on_gone([&jobs, id, who] { jobs.ignore(id, who); });
}

}  // namespace

Json job_lines(const JobQueue& jobs, const std::string& id, size_t limit) {
  const LastLines last = jobs.log_of(id).last(limit);
  Json::Array lines;
  for (const std::string& line : last.lines) lines.push_back(replace_invalid_utf8(line));
  return list_json(std::move(lines), last.earlier);
}

Json job_metrics(const StoredJob& job, int64_t after, size_t limit) {
  const LastLines last = last_rows(job, limit);
  Json::Array rows;
  for (const std::string& line : last.lines)
    if (Json row = row_after(line, after); !row.is_null()) rows.push_back(std::move(row));
  const bool more = last.earlier && rows.size() == last.lines.size();
  return list_json(std::move(rows), more);
}

void follow_lines(std::shared_ptr<HttpExchange> exchange, JobQueue& jobs, const std::string& id,
                  size_t limit) {
  exchange->begin_events();
  for (const std::string& line : jobs.log_of(id).last(limit).lines)
    exchange->send_event(replace_invalid_utf8(line));
  attach(exchange, jobs, id, std::make_shared<LineStream>(exchange));
}

void follow_metrics(std::shared_ptr<HttpExchange> exchange, JobQueue& jobs, const StoredJob& job,
                    int64_t after, size_t limit) {
  exchange->begin_events();
  auto stream = std::make_shared<MetricsStream>(exchange, metrics_file(job), after);
  stream->begin(last_rows(job, limit));
  attach(exchange, jobs, job.id, std::move(stream));
}

}  // namespace lmos::serve
