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
  plan.tokens_per_step = shape.batch * shape.accumulate * shape.sequence;

  const auto executables = plan_step(device, loss, shape);
  for (const auto& executable : executables) {
    const graph::Graph& graph = executable->graph();
    plan.memory.activations = std::max(plan.memory.activations, executable->plan().arena_bytes);
    const bool repeated = executables.size() == 3 && executable == executables[1];
    plan.flops_per_step +=
        graph::flops(graph) * static_cast<double>(repeated ? shape.accumulate - 2 : 1);
  }
  // The last micro-step has every input and state.
  const graph::Graph& last = executables.back()->graph();
  for (const graph::ValueId state : last.states) {
    const graph::Value& value = last.value(state);
    (value.name.starts_with("gradient.") ? plan.memory.gradients : plan.memory.optimizer) +=
        value.type.bytes();
  }
  plan.memory.inputs = BatchBuffers::bytes(last);
  if (evaluation) {
    const auto executable =
        plan_evaluation(device, evaluation->loss, evaluation->batch, shape.sequence);
    plan.memory.activations = std::max(plan.memory.activations, executable->plan().arena_bytes);
    plan.memory.inputs += BatchBuffers::bytes(executable->graph());
  }
  return plan;
}

}  // namespace lmos::train
