// Shows a training run on standard error: a bar with loss, speed and time left, and lines for what
// else happens.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "programs/progress.h"
#include "programs/run_listener.h"

namespace lmos {

class TrainingDisplay : public RunListener {
 public:
  // `also` hears everything too; it may be null.
  explicit TrainingDisplay(RunListener* also = nullptr) : also_(also) {}
  void on_work(std::string_view what, uint64_t done, uint64_t total) override;
  void on_begin(int64_t step, int64_t steps) override;
  void on_note(const std::string& line) override;
  void on_step(const train::StepReport& report) override;
  void on_evaluation(int64_t step, const train::EvaluationResult& result) override;
  void on_checkpoint(const std::filesystem::path& folder) override;
  // Ends the bar; lines may follow.
  void finish();

 private:
  void show_bar(const std::string& label, const std::string& unit, int64_t total, int64_t start);

  RunListener* also_;
  std::unique_ptr<Progress> bar_;
  std::string bar_label_;
};

}  // namespace lmos
