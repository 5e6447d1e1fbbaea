// What a training run tells the program that shows it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "train/evaluation.h"

namespace lmos::train {

struct StepReport {
  int64_t step = 0;  // steps done
  int64_t steps = 0;
  double loss = 0;
  std::map<std::string, double, std::less<>> losses;  // see StepResult
  double grad_norm = 0;
  double learning_rate = 0;
  int64_t tokens = 0;  // seen since step 0
  double tokens_per_second = 0;
  double seconds = 0;  // of this step
};

// Called on the training thread, in order.
class RunEvents {
 public:
  virtual ~RunEvents() = default;
  // Before the first step: `step` are done of `steps`.
  virtual void on_begin(int64_t step, int64_t steps) = 0;
  virtual void on_note(const std::string& line) = 0;
  virtual void on_step(const StepReport& report) = 0;
  virtual void on_evaluation(int64_t step, const EvaluationResult& result) = 0;
  virtual void on_checkpoint(const std::filesystem::path& folder) = 0;
};

}  // namespace lmos::train
