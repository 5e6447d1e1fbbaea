#include "train/evaluation.h"

#include <algorithm>
#include <cmath>

#include "errors/error.h"
#include "runtime/compile.h"
#include "train/training_graph.h"

namespace lmos::train {

std::vector<std::unique_ptr<runtime::Executable>> plan_evaluation(
    runtime::Device& device, const graph::Graph& loss, const std::vector<data::Symbols>& shapes) {
  std::vector<std::unique_ptr<runtime::Executable>> executables;
  const graph::Graph graph = evaluation_graph(loss);
  for (const data::Symbols& shape : shapes)
    executables.push_back(runtime::compile(device, graph, shape));
  return executables;
}

double EvaluationResult::metric(std::string_view name) const {
  const auto found = std::ranges::find(metrics, name, &tasks::Metric::name);
  if (found == metrics.end())
    throw Error(ErrorKind::kInternal, "an evaluation has no metric `" + std::string(name) + "`");
  return found->value;
}

Evaluator::Evaluator(runtime::Device& device, const graph::Graph& loss, const tasks::Task& task,
                     const data::Batches& batches, runtime::TensorStore& tensors)
    : task_(task),
      batches_(batches),
      stream_(device),
      loss_ends_(loss_ends(loss)),
      executables_(plan_evaluation(device, loss, batches.shapes())) {
  std::vector<const graph::Graph*> graphs;
  for (const auto& executable : executables_) graphs.push_back(&executable->graph());
  inputs_ = std::make_unique<BatchBuffers>(device, graphs);
  for (const auto& executable : executables_) {
    tensors.bind_to(*executable);
    inputs_->bind(*executable);
  }
}

uint64_t Evaluator::arena_bytes() const {
  uint64_t bytes = 0;
  for (const auto& executable : executables_)
    bytes = std::max(bytes, executable->plan().arena_bytes);
  return bytes;
}

void Evaluator::use_arena(const runtime::Buffer& arena) {
  for (const auto& executable : executables_) executable->use_arena(arena);
}

tasks::Predictions Evaluator::predictions(const runtime::Executable& executable) {
  tasks::Predictions values;
  for (const graph::Output& output : executable.graph().outputs) {
    const graph::TensorType& type = executable.graph().type(output.value);
    if (output.name.starts_with("loss_sum") || type.dtype != LMOS_F32) continue;
    std::vector<float>& memory = values[output.name];
    memory.resize(static_cast<size_t>(type.elements()));
    runtime::download_now(stream_, std::span(memory), executable.output(output.name));
  }
  return values;
}

EvaluationResult Evaluator::run(int64_t steps,
                                const std::function<bool(int64_t, int64_t)>& progress) {
  const int64_t available = static_cast<int64_t>(batches_.steps());
  const int64_t total = steps == 0 ? available : std::min(steps, available);
  tasks::Losses losses;
  const std::unique_ptr<tasks::Scores> scores = task_.scores(batches_);
  data::Batch batch;
  for (int64_t step = 0; step < total; ++step) {
    batches_.fill(static_cast<uint64_t>(step), 0, batch);
    inputs_->load(stream_, batch);
    runtime::Executable& executable = *executables_.at(batch.shape);
    executable.run(stream_);
    for (const std::string& end : loss_ends_) {
      float sum = 0;
      runtime::download_now(stream_, std::span(&sum, 1), executable.output("loss_sum" + end));
      tasks::LossSum& loss = losses.by_output["loss" + end];
      loss.sum += sum;
      loss.counted += batch.counted["loss" + end];
    }
    losses.label_bytes += batches_.label_bytes(static_cast<uint64_t>(step));
    scores->add(batch, predictions(executable));
    if (progress && !progress(step + 1, total)) break;
  }
  EvaluationResult result;
  bool any = false;
  for (const auto& [name, loss] : losses.by_output) {
    any = any || loss.counted > 0;
    result.loss += loss.mean();
  }
  result.metrics = scores->results(losses);
  result.answers = scores->answers();
  result.counted = any;
  if (!any && !result.answers.empty()) return result;
  if (!any) throw Error(ErrorKind::kInput, "the validation data has no token to predict");
  if (!std::isfinite(result.loss))
    throw Error(ErrorKind::kNumeric,
                "the validation loss is not a finite number: the weights hold NaN or infinity");
  return result;
}

}  // namespace lmos::train
