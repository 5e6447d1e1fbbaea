#include "programs/training_display.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace lmos {
namespace {

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace

void TrainingDisplay::show_bar(const std::string& label, const std::string& unit, int64_t total,
                               int64_t start) {
  if (bar_ && bar_label_ == label) return;
  finish();
  ProgressOptions options = standard_error_progress();
  options.label = label;
  options.unit = unit;
  options.total = total;
  options.start = start;
  bar_ = std::make_unique<Progress>(std::move(options));
  bar_label_ = label;
}

void TrainingDisplay::on_work(std::string_view what, uint64_t done, uint64_t total) {
  if (also_) also_->on_work(what, done, total);
  show_bar(std::string(what), "", static_cast<int64_t>(total), static_cast<int64_t>(done));
  bar_->update(static_cast<int64_t>(done));
}

void TrainingDisplay::on_begin(int64_t step, int64_t steps) {
  if (also_) also_->on_begin(step, steps);
  show_bar("train", "step", steps, step);
}

void TrainingDisplay::on_note(const std::string& line) {
  if (bar_)
    bar_->message(line);
  else
    std::fprintf(stderr, "%s\n", line.c_str());
}

void TrainingDisplay::on_step(const train::StepReport& report) {
  if (also_) also_->on_step(report);
  bar_->update(report.step, {{"loss", fixed(report.loss, 4)},
                             {"norm", fixed(report.grad_norm, 2)},
                             {"tok/s", format_rate(report.tokens_per_second)}});
}

void TrainingDisplay::on_evaluation(int64_t step, const train::EvaluationResult& result) {
  if (also_) also_->on_evaluation(step, result);
  std::string line = "step " + format_count(step) + ": validation loss " + fixed(result.loss, 4);
  for (const auto& [name, value] : result.metrics) {
    if (value == std::floor(value) && std::abs(value) > 1) continue;  // a count
    std::string words = name;
    std::ranges::replace(words, '_', ' ');
    line += ", " + words + " " + fixed(value, value < 10 ? 4 : 2);
  }
  on_note(line);
}

void TrainingDisplay::on_checkpoint(const std::filesystem::path& folder) {
  if (also_) also_->on_checkpoint(folder);
  on_note("saved " + folder.string());
}

void TrainingDisplay::finish() {
  if (!bar_) return;
  bar_->finish();
  bar_.reset();
}

}  // namespace lmos
