#include "train/training_graph.h"

#include <algorithm>

#include "autodiff/autodiff.h"
#include "errors/error.h"
#include "graph/builder.h"
#include "passes/merge_casts.h"
#include "passes/recompute.h"
#include "passes/round_stochastically.h"

namespace lmos::train {
namespace {

using graph::Builder;
using graph::Graph;
using graph::Parameter;
using graph::TensorType;
using graph::ValueId;

// PyTorch's clip_grad_norm_ adds this to the norm before it divides.
constexpr double kClipEpsilon = 1e-6;

constexpr std::string_view kLoss = "loss";

bool is_loss(const graph::Output& output) {
  const std::string_view name = output.name;
  return name.starts_with(kLoss) && (name.size() == kLoss.size() || name[kLoss.size()] == '.');
}

struct Loss {
  std::string end;  // of its name
  ValueId value;
};

// Removes the losses from the outputs.
std::vector<Loss> take_losses(Graph& graph) {
  std::vector<Loss> losses;
  for (const graph::Output& output : graph.outputs)
    if (is_loss(output)) losses.push_back({output.name.substr(kLoss.size()), output.value});
  if (losses.empty())
    throw Error(ErrorKind::kPlugin, "the model's loss graph has no output named `loss`");
  std::erase_if(graph.outputs, is_loss);
  return losses;
}

void output_loss_sums(Builder& builder, const std::vector<Loss>& losses) {
  for (const Loss& loss : losses)
    builder.output("loss_sum" + loss.end, builder.reduce_sum(loss.value, {0}, false));
}

std::vector<ValueId> append_gradients(Builder& builder, const std::vector<Loss>& losses) {
  Graph& graph = builder.graph();
  std::vector<autodiff::Loss> seeded;
  for (const Loss& loss : losses) {
    const ValueId scale = builder.input("loss_scale" + loss.end, {LMOS_F32, {}});
    seeded.push_back({loss.value, builder.broadcast(scale, builder.type(loss.value).dims)});
  }
  std::vector<ValueId> parameters;
  for (const Parameter& parameter : graph.parameters) parameters.push_back(parameter.value);
  std::vector<ValueId> gradients = autodiff::gradients(graph, seeded, parameters);
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

void update(Builder& builder, const std::vector<ValueId>& gradients,
            const TrainingGraphOptions& options) {
  const TensorType scalar{LMOS_F32, {}};
  const ValueId hyper = builder.input("hyper", {LMOS_F32, {7}});
  const ValueId unscale = options.scaled ? builder.input("unscale", scalar) : graph::kNoValue;
  ValueId norm = builder.node("global_norm", gradients).front();
  if (options.scaled) norm = builder.mul(norm, unscale);
  builder.output("grad_norm", norm);
  ValueId factor = builder.constant(1.0, scalar);
  if (options.clip > 0) {
    const ValueId padded = builder.add(norm, builder.constant(kClipEpsilon, scalar));
    factor = builder.one("minimum",
                         {factor, builder.div(builder.constant(options.clip, scalar), padded)});
  }
  // The difference is 0, or NaN for a norm that is not finite, for which adamw changes nothing.
  if (options.scaled) factor = builder.add(builder.mul(factor, unscale), builder.sub(norm, norm));
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
  const std::vector<Loss> losses = take_losses(graph);
  graph.outputs.clear();
  output_loss_sums(builder, losses);
  const size_t first_backward = graph.nodes.size();
  std::vector<ValueId> gradients = append_gradients(builder, losses);
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
      update(builder, gradients, options);
      break;
    case MicroStep::kUpdate:
      update(builder, gradients, options);
      break;
  }
  if (options.recompute) graph = passes::recompute(graph, first_backward);
  return options.stochastic_rounding ? passes::round_stochastically(graph) : graph;
}

Graph evaluation_graph(const Graph& loss_graph) {
  Graph graph = loss_graph;
  Builder builder(graph);
  output_loss_sums(builder, take_losses(graph));
  return graph;
}

std::vector<std::string> loss_ends(const Graph& loss) {
  std::vector<std::string> ends;
  for (const graph::Output& output : loss.outputs)
    if (is_loss(output)) ends.push_back(output.name.substr(kLoss.size()));
  return ends;
}

}  // namespace lmos::train
