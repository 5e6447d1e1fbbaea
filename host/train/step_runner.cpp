#include "train/step_runner.h"

#include <algorithm>

#include "errors/error.h"
#include "runtime/compile.h"

namespace lmos::train {
namespace {

// Of each micro-step, by place: one, two, or three kinds.
std::vector<MicroStep> kinds(int64_t accumulate) {
  if (accumulate == 1) return {MicroStep::kUpdate};
  if (accumulate == 2) return {MicroStep::kFirst, MicroStep::kLast};
  return {MicroStep::kFirst, MicroStep::kMiddle, MicroStep::kLast};
}

runtime::MemoryCategory category(const std::string& state) {
  return state.starts_with("gradient.") ? runtime::MemoryCategory::kGradients
                                        : runtime::MemoryCategory::kOptimizer;
}

}  // namespace

std::vector<StepExecutables> plan_step(runtime::Device& device, const graph::Graph& loss,
                                       const StepShape& shape) {
  std::vector<StepExecutables> executables(shape.batches.size());
  for (const MicroStep kind : kinds(shape.accumulate)) {
    const graph::Graph step = training_graph(
        loss, {kind, shape.recompute, shape.clip, shape.scaled, shape.stochastic_rounding});
    for (size_t i = 0; i < executables.size(); ++i)
      executables[i].push_back(runtime::compile(device, step, shape.batches[i]));
  }
  return executables;
}

StepRunner::StepRunner(runtime::Device& device, const graph::Graph& loss, const StepShape& shape,
                       const AdamW& adamw, runtime::TensorStore& tensors)
    : shape_(shape),
      adamw_(adamw),
      stream_(device),
      loss_ends_(loss_ends(loss)),
      loss_sums_(loss_ends_.size()),
      executables_(plan_step(device, loss, shape)),
      batches_(static_cast<size_t>(shape.accumulate)) {
  // The last micro-step has every input and state.
  std::vector<const graph::Graph*> last;
  for (const StepExecutables& steps : executables_) last.push_back(&steps.back()->graph());
  for (const graph::ValueId state : last.front()->states) {
    const graph::Value& value = last.front()->value(state);
    if (!tensors.contains(value.name))
      tensors.allocate_zeros(stream_, value.name, value.type, category(value.name));
  }
  inputs_ = std::make_unique<BatchBuffers>(device, last);
  for_each_executable([&](runtime::Executable& executable) {
    tensors.bind_to(executable);
    inputs_->bind(executable);
  });
}

template <class Visit>
void StepRunner::for_each_executable(const Visit& visit) const {
  for (const StepExecutables& steps : executables_)
    for (const auto& executable : steps) visit(*executable);
}

uint64_t StepRunner::arena_bytes() const {
  uint64_t bytes = 0;
  for_each_executable([&](const runtime::Executable& executable) {
    bytes = std::max(bytes, executable.plan().arena_bytes);
  });
  return bytes;
}

void StepRunner::use_arena(const runtime::Buffer& arena) {
  for_each_executable([&](runtime::Executable& executable) { executable.use_arena(arena); });
}

void StepRunner::set_profiler(runtime::Profiler* profiler) {
  for_each_executable([&](runtime::Executable& executable) { executable.set_profiler(profiler); });
}

void StepRunner::set_hyper(int64_t step, double learning_rate) {
  const auto hyper = adamw_hyper(adamw_, step, learning_rate);
  inputs_->set(stream_, "hyper", std::vector<float>(hyper.begin(), hyper.end()));
}

void StepRunner::run_micro_step(const data::Batch& batch, uint64_t seed, int64_t step,
                                int64_t micro) {
  inputs_->load(stream_, batch);
  inputs_->set(stream_, "random_state",
               std::vector<int64_t>{static_cast<int64_t>(seed), step * shape_.accumulate + micro});
  const StepExecutables& steps = executables_.at(batch.shape);
  const bool last = micro == shape_.accumulate - 1;
  runtime::Executable& executable = last ? *steps.back() : micro == 0 ? *steps.front() : *steps[1];
  executable.run(stream_);
  for (size_t i = 0; i < loss_ends_.size(); ++i) {
    float sum = 0;
    runtime::download_now(stream_, std::span(&sum, 1),
                          executable.output("loss_sum" + loss_ends_[i]));
    loss_sums_[i] += sum;
  }
}

StepResult StepRunner::run_step(const data::Batch* batches, uint64_t seed, int64_t step,
                                double learning_rate, const LossScale& scale) {
  StepResult result;
  std::map<std::string, int64_t, std::less<>> counted;
  for (int64_t micro = 0; micro < shape_.accumulate; ++micro) {
    result.tokens += batches[micro].tokens;
    for (const auto& [loss, count] : batches[micro].counted) counted[loss] += count;
  }
  if (std::ranges::all_of(counted, [](const auto& loss) { return loss.second == 0; }))
    throw Error(ErrorKind::kInput,
                "a whole batch has no label that counts; the documents are too short");
  const double factor = shape_.scaled ? scale.scale : 1;
  for (const std::string& end : loss_ends_) {
    const int64_t count = counted["loss" + end];
    const double share = count == 0 ? 0 : factor / static_cast<double>(count);
    inputs_->set(stream_, "loss_scale" + end, std::vector<float>{static_cast<float>(share)});
  }
  if (shape_.scaled)
    inputs_->set(stream_, "unscale", std::vector<float>{static_cast<float>(1 / factor)});
  set_hyper(step - scale.skipped, learning_rate);
  std::ranges::fill(loss_sums_, 0);
  for (int64_t micro = 0; micro < shape_.accumulate; ++micro)
    run_micro_step(batches[micro], seed, step, micro);
  for (size_t i = 0; i < loss_ends_.size(); ++i) {
    const std::string loss = "loss" + loss_ends_[i];
    const double mean = counted[loss] == 0 ? 0 : loss_sums_[i] / static_cast<double>(counted[loss]);
    result.losses[loss] = mean;
    result.loss += mean;
  }
  float norm = 0;
  const runtime::Executable& last = *executables_[batches[shape_.accumulate - 1].shape].back();
  runtime::download_now(stream_, std::span(&norm, 1), last.output("grad_norm"));
  result.grad_norm = norm;
  return result;
}

StepResult StepRunner::run(const data::Batches& batches, uint64_t seed, int64_t step,
                           double learning_rate, const LossScale& scale) {
  for (int64_t micro = 0; micro < shape_.accumulate; ++micro)
    batches.fill(static_cast<uint64_t>(step), micro, batches_[static_cast<size_t>(micro)]);
  return run_step(batches_.data(), seed, step, learning_rate, scale);
}

StepResult StepRunner::run(const data::Batch& batch, uint64_t seed, int64_t step,
                           double learning_rate, const LossScale& scale) {
  if (shape_.accumulate != 1)
    throw Error(ErrorKind::kInternal, "a given batch makes one micro-batch");
  return run_step(&batch, seed, step, learning_rate, scale);
}

}  // namespace lmos::train
