// A job's lines and metrics, once or as they come.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "serve/http_exchange.h"
#include "serve/jobs/job_queue.h"

namespace lmos::serve {

// The last `limit` lines: {"object": "list", "data": [...]}.
Json job_lines(const JobQueue& jobs, const std::string& id, size_t limit);
// The last `limit` rows of metrics.jsonl of steps beyond `after`, likewise.
Json job_metrics(const StoredJob& job, int64_t after, size_t limit);

// The same as server-sent events, one a line or row, and then what follows until the job ends. A
// row is sent once, also where a run has gone back to a checkpoint. `jobs` outlives the exchange.
void follow_lines(std::shared_ptr<HttpExchange> exchange, JobQueue& jobs, const std::string& id,
                  size_t limit);
void follow_metrics(std::shared_ptr<HttpExchange> exchange, JobQueue& jobs, const StoredJob& job,
                    int64_t after, size_t limit);

}  // namespace lmos::serve
