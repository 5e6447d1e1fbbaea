#include "train/training_plan.h"

#include <algorithm>

#include "graph/op.h"
#include "train/batch_buffers.h"
#include "train/evaluation.h"

namespace lmos::train {

TrainingPlan plan_training(runtime::Device& device, const graph::Graph& loss,
                           const StepShape& shape,
                           const std::optional<EvaluationShape>& evaluation) {
  TrainingPlan plan;
  for (const graph::Parameter& parameter : loss.parameters) {
    const graph::TensorType& type = loss.type(parameter.value);
    plan.parameters += type.elements();
    plan.memory.weights += type.bytes();
  }
  for (const graph::ValueId state : loss.states) {
    const graph::TensorType& type = loss.type(state);
    plan.frozen_parameters += type.elements();
    plan.memory.frozen += type.bytes();
  }
  std::vector<const graph::Graph*> last;  // the last micro-step has every input and state
  for (const data::Symbols& batch : shape.batches) {
    const auto tokens = batch.find("tokens");
    if (tokens != batch.end())
      plan.tokens_per_step = std::max(plan.tokens_per_step, shape.accumulate * tokens->second);
  }
  const std::vector<StepExecutables> by_shape = plan_step(device, loss, shape);
  for (const StepExecutables& executables : by_shape) {
    double flops = 0;
    for (const auto& executable : executables) {
      plan.memory.activations = std::max(plan.memory.activations, executable->plan().arena_bytes);
      const bool repeated = executables.size() == 3 && executable == executables[1];
      flops += graph::flops(executable->graph()) *
               static_cast<double>(repeated ? shape.accumulate - 2 : 1);
    }
    plan.flops_per_step = std::max(plan.flops_per_step, flops);
    last.push_back(&executables.back()->graph());
  }
  for (const graph::ValueId state : last.front()->states) {
    const graph::Value& value = last.front()->value(state);
    if (loss.find_state(value.name) != graph::kNoValue) continue;
    (value.name.starts_with("gradient.") ? plan.memory.gradients : plan.memory.optimizer) +=
        value.type.bytes();
  }
  plan.memory.inputs = BatchBuffers::bytes(last);
  if (evaluation) {
    const auto executables = plan_evaluation(device, evaluation->loss, evaluation->batches);
    std::vector<const graph::Graph*> graphs;
    for (const auto& executable : executables) {
      plan.memory.activations = std::max(plan.memory.activations, executable->plan().arena_bytes);
      graphs.push_back(&executable->graph());
    }
    plan.memory.inputs += BatchBuffers::bytes(graphs);
  }
  return plan;
}

}  // namespace lmos::train
