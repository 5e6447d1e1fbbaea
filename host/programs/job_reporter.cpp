#include "programs/job_reporter.h"

#include <cmath>

namespace lmos {

void JobReporter::on_work(std::string_view, uint64_t done, uint64_t total) {
  ++*activity_;
  // Before the steps of a training run, the figure would not be about steps.
  if (kind_ == PipelineKind::kTrain || total == 0) return;
  const auto units = static_cast<int64_t>(done);
  if (begun_ == Clock::time_point() || units < state_.step) count_from(units);
  state_.loss = NAN;
  state_.step = units;
  state_.steps = static_cast<int64_t>(total);
  send(done == total);
}

void JobReporter::on_begin(int64_t step, int64_t steps) {
  ++*activity_;
  count_from(step);
  state_.loss = NAN;
  state_.step = step;
  state_.steps = steps;
  state_.resumed = true;
  send(true);
  state_.resumed = false;
}

void JobReporter::on_step(const train::StepReport& report) {
  ++*activity_;
  state_.step = report.step;
  state_.steps = report.steps;
  state_.loss = report.loss;
  state_.tokens_per_second = report.tokens_per_second;
  send(report.step == report.steps);
}

void JobReporter::on_checkpoint(const std::filesystem::path&) {
  ++*activity_;
  state_.saved = true;
  send(true);
  state_.saved = false;
}

void JobReporter::count_from(int64_t step) {
  begin_step_ = step;
  begun_ = Clock::now();
}

void JobReporter::send(bool due) {
  const auto now = Clock::now();
  if (!due && now - sent_ < std::chrono::milliseconds(100)) return;
  sent_ = now;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const auto done = static_cast<double>(state_.step - begin_step_);
  state_.seconds_left =
      done > 0 ? seconds / done * static_cast<double>(state_.steps - state_.step) : NAN;
  connection_.send(state_);
}

}  // namespace lmos
