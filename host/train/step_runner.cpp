#include "train/step_runner.h"

#include <algorithm>
#include <cmath>

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

int64_t count_labels(const std::vector<int32_t>& labels) {
  return std::ranges::count_if(labels, [](int32_t label) { return label != data::kIgnoredLabel; });
}

std::vector<std::unique_ptr<runtime::Executable>> plan_step(runtime::Device& device,
                                                            const graph::Graph& loss,
                                                            const StepShape& shape) {
  std::vector<std::unique_ptr<runtime::Executable>> executables;
  for (const MicroStep kind : kinds(shape.accumulate)) {
    const graph::Graph step = training_graph(loss, {kind, shape.recompute, shape.clip});
    executables.push_back(runtime::compile(
        device, step, {{"tokens", shape.batch * shape.sequence}, {"sequence", shape.sequence}}));
  }
  return executables;
}

StepRunner::StepRunner(runtime::Device& device, const graph::Graph& loss, const StepShape& shape,
                       const AdamW& adamw, runtime::TensorStore& tensors)
    : shape_(shape), adamw_(adamw), stream_(device), executables_(plan_step(device, loss, shape)) {
  // The last micro-step has every input and state.
  const graph::Graph& all = executables_.back()->graph();
  for (const graph::ValueId state : all.states) {
    const graph::Value& value = all.value(state);
    if (!tensors.contains(value.name))
      tensors.allocate_zeros(stream_, value.name, value.type, category(value.name));
  }
  inputs_ = std::make_unique<BatchBuffers>(device, all, shape.batch, shape.sequence);
  for (const auto& executable : executables_) {
    tensors.bind_to(*executable);
    inputs_->bind(*executable);
  }
}

uint64_t StepRunner::arena_bytes() const {
  uint64_t bytes = 0;
  for (const auto& executable : executables_)
    bytes = std::max(bytes, executable->plan().arena_bytes);
  return bytes;
}

void StepRunner::use_arena(const runtime::Buffer& arena) {
  for (const auto& executable : executables_) executable->use_arena(arena);
}

void StepRunner::set_profiler(runtime::Profiler* profiler) {
  for (const auto& executable : executables_) executable->set_profiler(profiler);
}

void StepRunner::set_constants(uint64_t seed, int64_t step, int64_t micro, double learning_rate,
                               int64_t counted) {
  const double t = static_cast<double>(step) + 1;
  inputs_->set(stream_, "loss_scale",
               std::vector<float>{static_cast<float>(1.0 / static_cast<double>(counted))});
  inputs_->set(stream_, "random_state",
               std::vector<int64_t>{static_cast<int64_t>(seed), step * shape_.accumulate + micro});
  const auto hyper = {learning_rate,
                      adamw_.beta1,
                      adamw_.beta2,
                      adamw_.epsilon,
                      adamw_.weight_decay,
                      1 - std::pow(adamw_.beta1, t),
                      1 - std::pow(adamw_.beta2, t)};
  inputs_->set(stream_, "hyper", std::vector<float>(hyper.begin(), hyper.end()));
}

double StepRunner::run_micro_step(int64_t micro) {
  const bool last = micro == shape_.accumulate - 1;
  runtime::Executable& executable = last         ? *executables_.back()
                                    : micro == 0 ? *executables_.front()
                                                 : *executables_[1];
  executable.run(stream_);
  float loss_sum = 0;
  runtime::download_now(stream_, std::span(&loss_sum, 1), executable.output("loss_sum"));
  return loss_sum;
}

StepResult StepRunner::result(double loss_sum, int64_t counted) {
  float norm = 0;
  runtime::download_now(stream_, std::span(&norm, 1), executables_.back()->output("grad_norm"));
  return {loss_sum / static_cast<double>(counted), norm};
}

StepResult StepRunner::run(const data::BatchSource& source, uint64_t seed, int64_t step,
                           double learning_rate) {
  const int64_t counted = source.counted_labels(static_cast<uint64_t>(step));
  if (counted == 0)
    throw Error(ErrorKind::kInput,
                "a whole batch has no token to predict; the documents are too short");
  double loss_sum = 0;
  for (int64_t micro = 0; micro < shape_.accumulate; ++micro) {
    inputs_->load(stream_, source, static_cast<uint64_t>(step), micro * shape_.batch);
    set_constants(seed, step, micro, learning_rate, counted);
    loss_sum += run_micro_step(micro);
  }
  return result(loss_sum, counted);
}

StepResult StepRunner::run(const std::vector<int32_t>& input_ids,
                           const std::vector<int32_t>& labels, uint64_t seed, int64_t step,
                           double learning_rate) {
  if (shape_.accumulate != 1) throw Error(ErrorKind::kInternal, "given rows make one micro-batch");
  const int64_t counted = count_labels(labels);
  inputs_->load(stream_, input_ids, labels);
  set_constants(seed, step, 0, learning_rate, counted);
  return result(run_micro_step(0), counted);
}

}  // namespace lmos::train
