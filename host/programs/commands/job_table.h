// Jobs of llmasosd, for people.
#pragma once

#include <string>

#include "client/client.h"
#include "formats/json.h"

namespace lmos {

// A table of an answer's jobs, with its heading. `jobs`: the array "data".
std::string job_table(const Json& jobs);

// Prints the events of /v1/jobs/ID/WHAT, "logs" or "metrics", until the job ends.
void follow_job(client::Client& server, const std::string& id, const std::string& what);

// 0 for a job that succeeded, 1 for one that failed, 130 for one that was cancelled or interrupted;
// 0 for one that has not ended.
int exit_code_of(const Json& job);

}  // namespace lmos
