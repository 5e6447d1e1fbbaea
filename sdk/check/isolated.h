// One check in a process of its own, so that a crash is a row of the report.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace lmos::check {

enum class Result { kPassed, kSkipped, kFailed };

struct Outcome {
  Result result = Result::kFailed;
  std::string message;
};

// Forks, so the calling process has one thread. A crash, an exit or more than `limit` is a failure
// that says so.
Outcome run_isolated(const std::function<void()>& body, std::chrono::seconds limit);

}  // namespace lmos::check
