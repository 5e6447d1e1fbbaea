// Tells llmasosd how a job gets on.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "pipeline/pipeline.h"
#include "programs/run_listener.h"
#include "wire/message.h"
#include "worker/connection.h"

namespace lmos {

// At most ten messages a second, besides those on checkpoints.
class JobReporter : public RunListener {
 public:
  // `connection` outlives it.
  JobReporter(worker::Connection& connection, PipelineKind kind)
      : connection_(connection), kind_(kind) {}

  void on_work(std::string_view what, uint64_t done, uint64_t total) override;
  void on_begin(int64_t step, int64_t steps) override;
  void on_note(const std::string&) override { ++*activity_; }
  void on_step(const train::StepReport& report) override;
  void on_evaluation(int64_t, const train::EvaluationResult&) override { ++*activity_; }
  void on_checkpoint(const std::filesystem::path&) override;

  // Grows while the run gets anywhere. [any-thread]
  std::shared_ptr<const std::atomic<uint64_t>> activity() const { return activity_; }

 private:
  using Clock = std::chrono::steady_clock;

  void count_from(int64_t step);
  // Sends the state as it is, unless the last message was a moment ago and this one is not `due`.
  void send(bool due);

  worker::Connection& connection_;
  const PipelineKind kind_;
  const std::shared_ptr<std::atomic<uint64_t>> activity_ =
      std::make_shared<std::atomic<uint64_t>>(0);
  wire::JobProgress state_;
  int64_t begin_step_ = 0;
  Clock::time_point begun_{}, sent_{};
};

}  // namespace lmos
