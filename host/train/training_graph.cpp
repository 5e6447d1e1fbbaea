#include "train/training_graph.h"

#include <algorithm>

#include "autodiff/autodiff.h"
#include "errors/error.h"
#include "graph/builder.h"
#include "passes/merge_casts.h"
#include "passes/recompute.h"

namespace lmos::train {
namespace {

using graph::Builder;
using graph::Graph;
using graph::Parameter;
using graph::TensorType;
using graph::ValueId;

// PyTorch's clip_grad_norm_ adds this to the norm before it divides.
constexpr double kClipEpsilon = 1e-6;

ValueId take_loss(Graph& graph) {
  const ValueId loss = graph.find_output("loss");
  if (loss == graph::kNoValue)
    throw Error(ErrorKind::kPlugin, "the model's loss graph has no output named `loss`");
  std::erase_if(graph.outputs, [](const graph::Output& output) { return output.name == "loss"; });
  return loss;
}

void output_loss_sum(Builder& builder, ValueId loss) {
  builder.output("loss_sum", builder.reduce_sum(loss, {0}, false));
}

std::vector<ValueId> append_gradients(Builder& builder, ValueId loss) {
  Graph& graph = builder.graph();
  const ValueId scale = builder.input("loss_scale", {LMOS_F32, {}});
  const ValueId seed = builder.broadcast(scale, builder.type(loss).dims);
  std::vector<ValueId> parameters;
  for (const Parameter& parameter : graph.parameters) parameters.push_back(parameter.value);
  std::vector<ValueId> gradients = autodiff::gradients(graph, loss, seed, parameters);
  for (size_t i = 0; i < gradients.size(); ++i) {
    const Parameter& parameter = graph.parameters[i];
    if (gradients[i] == graph::kNoValue)
      throw Error(ErrorKind::kPlugin, "parameter `" + parameter.name +
                                          "` does not influence the loss, so it can't be trained; "
                                          "the model plugin must leave it out of its loss graph");
    gradients[i] = builder.cast(gradients[i], LMOS_F32);
  }
  return gradients;
}

// Replaces each gradient by the state that collects it over the micro-steps.
void collect(Builder& builder, std::vector<ValueId>& gradients, bool add) {
  for (size_t i = 0; i < gradients.size(); ++i) {
    const ValueId state =
        builder.state("gradient." + builder.graph().parameters[i].name, builder.type(gradients[i]));
    builder.node(add ? "accumulate" : "assign", std::vector<ValueId>{state, gradients[i]});
    gradients[i] = state;
  }
}

void update(Builder& builder, const std::vector<ValueId>& gradients, double clip) {
  const TensorType scalar{LMOS_F32, {}};
  const ValueId hyper = builder.input("hyper", {LMOS_F32, {7}});
  const ValueId norm = builder.node("global_norm", gradients).front();
  builder.output("grad_norm", norm);
  ValueId factor = builder.constant(1.0, scalar);
  if (clip > 0) {
    const ValueId padded = builder.add(norm, builder.constant(kClipEpsilon, scalar));
    factor = builder.one("minimum", {factor, builder.div(builder.constant(clip, scalar), padded)});
  }
  for (size_t i = 0; i < gradients.size(); ++i) {
    const Parameter parameter = builder.graph().parameters[i];
    const TensorType type = builder.type(parameter.value);
    const ValueId first = builder.state("first_moment." + parameter.name, {LMOS_F32, type.dims});
    const ValueId second = builder.state("second_moment." + parameter.name, {LMOS_F32, type.dims});
    graph::Attributes attributes;
    attributes.set("decay", int64_t{parameter.decay});
    builder.node("adamw",
                 std::vector<ValueId>{parameter.value, first, second, gradients[i], hyper, factor},
                 std::move(attributes));
  }
}

}  // namespace

Graph training_graph(const Graph& loss_graph, const TrainingGraphOptions& options) {
  // Before the nodes are counted: it removes some.
  Graph graph = passes::merge_casts(loss_graph);
  Builder builder(graph);
  const ValueId loss = take_loss(graph);
  output_loss_sum(builder, loss);
  const size_t first_backward = graph.nodes.size();
  std::vector<ValueId> gradients = append_gradients(builder, loss);
  switch (options.micro_step) {
    case MicroStep::kGradients:
      for (size_t i = 0; i < gradients.size(); ++i)
        builder.output("grad." + graph.parameters[i].name, gradients[i]);
      break;
    case MicroStep::kFirst:
      collect(builder, gradients, false);
      break;
    case MicroStep::kMiddle:
      collect(builder, gradients, true);
      break;
    case MicroStep::kLast:
      collect(builder, gradients, true);
      update(builder, gradients, options.clip);
      break;
    case MicroStep::kUpdate:
      update(builder, gradients, options.clip);
      break;
  }
  return options.recompute ? passes::recompute(graph, first_backward) : graph;
}

Graph evaluation_graph(const Graph& loss_graph) {
  Graph graph = loss_graph;
  Builder builder(graph);
  output_loss_sum(builder, take_loss(graph));
  return graph;
}

}  // namespace lmos::train
