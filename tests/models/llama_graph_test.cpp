// The graphs that the llama plugin emits.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "graph/op.h"
#include "models/plugin_models.h"

namespace lmos::tests {
namespace {

constexpr const char* kLayers3 = "{layers: 3, embed: 32, heads: 4, kv_heads: 2, mlp: 24}";

graph::Graph graph_of(const std::string& yaml, const char* task, bool training = false,
                      lmos_dtype compute = LMOS_F32) {
  return from_section("llama", yaml, 50, 16)->graph(task, training, LMOS_F32, compute);
}

std::set<std::string> input_names(const graph::Graph& graph) {
  std::set<std::string> names;
  for (graph::ValueId input : graph.inputs) names.insert(graph.value(input).name);
  return names;
}

TEST(LlamaGraph, MarksEachLayerAsABlock) {
  const auto graph = graph_of(kLayers3, LMOS_TASK_CAUSAL_LM_LOSS);
  EXPECT_EQ(graph.blocks, (std::vector<std::string>{"layers.0", "layers.1", "layers.2"}));
  std::vector<size_t> attentions(3);
  for (const graph::Node& node : graph.nodes)
    if (node.op->name == "attention") ++attentions.at(static_cast<size_t>(node.block));
  EXPECT_EQ(attentions, (std::vector<size_t>{1, 1, 1}));
}

TEST(LlamaGraph, HasTheInputsAndOutputsOfItsTask) {
  const auto loss = graph_of(kLayers3, LMOS_TASK_CAUSAL_LM_LOSS);
  EXPECT_EQ(input_names(loss),
            (std::set<std::string>{"input_ids", "positions", "segments", "labels"}));
  const auto logits = graph_of(kLayers3, LMOS_TASK_CAUSAL_LM_LOGITS);
  EXPECT_EQ(input_names(logits),
            (std::set<std::string>{"input_ids", "positions", "segments", "rows"}));
  const graph::TensorType& type = logits.type(logits.find_output("logits"));
  EXPECT_EQ(graph::to_string(type, &logits), "f32[rows,50]");
}

TEST(LlamaGraph, AttendsCausallyWithinSegmentsOfASequence) {
  const auto graph = graph_of(kLayers3, LMOS_TASK_CAUSAL_LM_LOSS);
  const graph::Node& attention = find_node(graph, "attention");
  EXPECT_EQ(attention.attributes.integer("causal"), 1);
  EXPECT_DOUBLE_EQ(attention.attributes.number("scale"), 1 / std::sqrt(8.0));
  EXPECT_EQ(graph::dimension_name(attention.attributes.integer("sequence"), &graph), "sequence");
  EXPECT_EQ(attention.inputs[3], graph.find_input("segments"));
  EXPECT_EQ(graph::to_string(graph.type(attention.inputs[1]), &graph), "f32[tokens,2,8]");
}

TEST(LlamaGraph, KeepsLossAndLogitsInFloat32WhenItComputesInBfloat16) {
  for (const char* task : {LMOS_TASK_CAUSAL_LM_LOSS, LMOS_TASK_CAUSAL_LM_LOGITS}) {
    const auto graph = graph_of(kLayers3, task, false, LMOS_BF16);
    EXPECT_EQ(graph.type(graph.outputs[0].value).dtype, LMOS_F32) << task;
    EXPECT_EQ(graph.type(find_node(graph, "attention").outputs[0]).dtype, LMOS_BF16) << task;
    for (const graph::Parameter& parameter : graph.parameters)
      EXPECT_EQ(graph.type(parameter.value).dtype, LMOS_F32) << parameter.name;
  }
}

TEST(LlamaGraph, ComputesInFloat64WhenAsked) {
  const auto graph = from_section("llama", kLayers3, 50, 16)
                         ->graph(LMOS_TASK_CAUSAL_LM_LOGITS, false, LMOS_F64, LMOS_F64);
  EXPECT_EQ(graph.type(graph.find_output("logits")).dtype, LMOS_F64);
}

TEST(LlamaGraph, UsesTheEmbeddingAsTheHeadWhenTied) {
  const auto graph = graph_of("{layers: 1, embed: 32, heads: 4, mlp: 24, tied: true}",
                              LMOS_TASK_CAUSAL_LM_LOSS, false, LMOS_BF16);
  EXPECT_EQ(graph.find_parameter("lm_head.weight"), nullptr);
  EXPECT_EQ(find_node(graph, "gather_rows").inputs[0],
            find_node(graph, "linear_cross_entropy").inputs[1]);
}

TEST(LlamaGraph, DropsAtSitesOfTheirOwnInTrainingOnly) {
  const std::string yaml = "{layers: 3, embed: 32, heads: 4, mlp: 24, dropout: 0.25}";
  const auto training = graph_of(yaml, LMOS_TASK_CAUSAL_LM_LOSS, true);
  std::set<int64_t> sites;
  for (const graph::Node& node : training.nodes)
    if (node.op->name == "dropout") {
      EXPECT_EQ(node.attributes.number("rate"), 0.25);
      sites.insert(node.attributes.integer("site"));
    }
  EXPECT_EQ(sites.size(), 1u + 2u * 3u) << "the embedding, and two branches a layer";
  EXPECT_EQ(sites.size(), count_nodes(training, "dropout"));
  EXPECT_TRUE(input_names(training).contains("random_state"));

  const auto evaluation = graph_of(yaml, LMOS_TASK_CAUSAL_LM_LOSS, false);
  EXPECT_EQ(count_nodes(evaluation, "dropout"), 0u);
  EXPECT_FALSE(input_names(evaluation).contains("random_state"));
  EXPECT_FALSE(
      input_names(graph_of(kLayers3, LMOS_TASK_CAUSAL_LM_LOSS, true)).contains("random_state"));
}

TEST(LlamaGraph, SaysWhichTasksThereAre) {
  const std::string message = error_of([] { graph_of(kLayers3, "translation"); });
  EXPECT_TRUE(contains(message, "this model has no task `translation`; it has causal_lm.loss"))
      << message;
}

}  // namespace
}  // namespace lmos::tests
