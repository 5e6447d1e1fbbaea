// Configurations and graphs of GPT-2 models.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "graph/op.h"
#include "models/plugin_models.h"

namespace lmos::tests {
namespace {

// Two layers of head width 16; `more` are further members.
std::string config(const std::string& more) {
  return R"({"model_type": "gpt2", "vocab_size": 32, "n_positions": 24, "n_embd": 64,
             "n_layer": 2, "n_head": 4)" +
         (more.empty() ? "" : ", " + more) + "}";
}

graph::Graph loss_graph(const components::Model& model, bool training = false) {
  return model.graph(LMOS_TASK_CAUSAL_LM_LOSS, training, LMOS_F32, LMOS_F32);
}

std::vector<double> scales(const std::string& more) {
  std::vector<double> result;
  for (const graph::Node& node : loss_graph(*from_hugging_face("gpt2", config(more))).nodes)
    if (node.op->name == "attention") result.push_back(node.attributes.number("scale"));
  return result;
}

TEST(Gpt2, ScalesScoresAsItsConfigurationSays) {
  EXPECT_EQ(scales(""), (std::vector<double>{0.25, 0.25}));
  EXPECT_EQ(scales(R"("scale_attn_weights": false)"), (std::vector<double>{1, 1}));
  EXPECT_EQ(scales(R"("scale_attn_by_inverse_layer_idx": true)"),
            (std::vector<double>{0.25, 0.125}));
}

TEST(Gpt2, TakesTheFormOfGeluFromTheConfiguration) {
  const std::pair<const char*, int64_t> forms[] = {
      {"gelu_new", 1}, {"gelu_pytorch_tanh", 1}, {"gelu", 0}};
  for (const auto& [name, approximate] : forms) {
    const std::string member = "\"activation_function\": \"" + std::string(name) + "\"";
    const auto graph = loss_graph(*from_hugging_face("gpt2", config(member)));
    EXPECT_EQ(find_node(graph, "gelu").attributes.integer("approximate"), approximate) << name;
  }
}

TEST(Gpt2, KeepsWeightsAsTransformersConv1D) {
  const auto graph = loss_graph(*from_hugging_face("gpt2", config("")));
  const auto dims = [&](const char* name) {
    return graph.type(graph.find_parameter(name)->value).dims;
  };
  EXPECT_EQ(dims("transformer.h.0.attn.c_attn.weight"), (std::vector<int64_t>{64, 192}));
  EXPECT_EQ(dims("transformer.h.1.mlp.c_fc.weight"), (std::vector<int64_t>{64, 256}));
  EXPECT_EQ(dims("transformer.wpe.weight"), (std::vector<int64_t>{24, 64}));
  EXPECT_EQ(graph.find_parameter("lm_head.weight"), nullptr) << "the head is the embedding";
  EXPECT_EQ(graph.blocks, (std::vector<std::string>{"h.0", "h.1"}));
}

TEST(Gpt2, DropsAtSitesOfTheirOwnInTrainingOnly) {
  const auto model = from_section(
      "gpt2", "{layers: 3, embed: 32, heads: 4, dropout: 0.25, attention_dropout: 0.5}", 50, 16);
  std::set<int64_t> sites;
  const auto training = loss_graph(*model, true);
  for (const graph::Node& node : training.nodes) {
    if (node.op->name == "dropout") {
      EXPECT_EQ(node.attributes.number("rate"), 0.25);
      sites.insert(node.attributes.integer("site"));
    } else if (node.op->name == "attention") {
      EXPECT_EQ(node.attributes.number("rate"), 0.5);
      EXPECT_EQ(node.inputs.back(), training.find_input("random_state"));
      sites.insert(node.attributes.integer("site"));
    }
  }
  EXPECT_EQ(sites.size(), 1u + 3u * 3u) << "the embedding; attention and two branches a layer";
  const auto evaluation = loss_graph(*model, false);
  EXPECT_EQ(evaluation.find_input("random_state"), graph::kNoValue);
}

TEST(Gpt2, WritesAConfigurationThatItReadsAsTheSameModel) {
  const auto model = from_section(
      "gpt2", "{layers: 2, embed: 32, heads: 4, mlp: 48, activation: gelu, dropout: 0.1}", 50, 16);
  const auto again = from_hugging_face("gpt2", model->config_json());
  EXPECT_EQ(again->config_json(), model->config_json());
  EXPECT_EQ(loss_graph(*again).nodes.size(), loss_graph(*model).nodes.size());
}

TEST(Gpt2, RefusesWhatItDoesNotImplement) {
  const std::pair<const char*, const char*> refused[] = {
      {R"("add_cross_attention": true)", "`add_cross_attention` is set"},
      {R"("n_inner": 0)", "`n_inner` is 0; it must be from 1"},
      {R"("resid_pdrop": 1.0)", "`resid_pdrop` must be at least 0 and below 1"},
  };
  for (const auto& [members, part] : refused) {
    const std::string message = error_of([&] { from_hugging_face("gpt2", config(members)); });
    EXPECT_TRUE(contains(message, part)) << message;
    EXPECT_TRUE(contains(message, "config.json")) << message;
  }
  const std::string heads =
      error_of([&] { from_section("gpt2", "{layers: 1, embed: 30, heads: 4}", 50, 16); });
  EXPECT_TRUE(contains(heads, "`embed` (30) must be a multiple of `heads` (4)")) << heads;
}

}  // namespace
}  // namespace lmos::tests
