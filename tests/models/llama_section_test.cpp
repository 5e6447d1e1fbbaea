// The `model` section of a pipeline with the llama plugin.
#include <gtest/gtest.h>

#include "graph/print.h"
#include "models/plugin_models.h"

namespace lmos::tests {
namespace {

constexpr const char* kSmall = "{layers: 8, embed: 32, heads: 4, mlp: 24}";

graph::Graph loss_graph(const std::string& yaml) {
  return from_section("llama", yaml, 50, 16)
      ->graph(LMOS_TASK_CAUSAL_LM_LOSS, true, LMOS_F32, LMOS_F32);
}

TEST(LlamaSection, CompletesItselfFromTheSequence) {
  const auto model = from_section("llama", kSmall, 50, 16);
  EXPECT_EQ(model->vocab_size(), 50);
  EXPECT_EQ(model->context(), 16);
  EXPECT_EQ(from_section("llama", "{layers: 1, embed: 8, heads: 2, mlp: 4, context: 64}", 50, 16)
                ->context(),
            64);
}

TEST(LlamaSection, DescribesTheSameModelAsItsConfig) {
  const std::string yaml =
      "{layers: 2, embed: 32, heads: 4, kv_heads: 2, head_dim: 16, mlp: 24, tied: true, "
      "rope_theta: 500000, norm_epsilon: 1.0e-6, attention_bias: true, mlp_bias: true, "
      "rope_scaling: {kind: llama3, factor: 8, original_context: 64}}";
  const auto model = from_section("llama", yaml, 50, 16);
  const auto same = from_hugging_face("llama", model->config_json());
  const auto print = [](const components::Model& model) {
    return graph::print(model.graph(LMOS_TASK_CAUSAL_LM_LOGITS, false, LMOS_F32, LMOS_F32));
  };
  EXPECT_EQ(print(*same), print(*model));
}

TEST(LlamaSection, InitialisesResidualProjectionsSmaller) {
  const graph::Graph graph = loss_graph(kSmall);
  for (const graph::Parameter& parameter : graph.parameters) {
    const std::string& name = parameter.name;
    if (contains(name, "norm")) {
      EXPECT_EQ(parameter.init, graph::Init::kOnes) << name;
      EXPECT_FALSE(parameter.decay) << name;
      continue;
    }
    const bool residual = contains(name, "o_proj") || contains(name, "down_proj");
    EXPECT_EQ(parameter.init, graph::Init::kNormal) << name;
    EXPECT_DOUBLE_EQ(parameter.init_scale, residual ? 0.02 / 4 : 0.02) << name;
    EXPECT_TRUE(parameter.decay) << name;
  }
}

TEST(LlamaSection, NamesTheAxesThatShardingWorksFrom) {
  const graph::Graph graph = loss_graph(kSmall);
  const auto axes = [&](const std::string& name) { return graph.find_parameter(name)->axes; };
  using Names = std::vector<std::string>;
  EXPECT_EQ(axes("model.embed_tokens.weight"), (Names{"vocab", "embed"}));
  EXPECT_EQ(axes("model.layers.7.self_attn.q_proj.weight"), (Names{"heads", "embed"}));
  EXPECT_EQ(axes("model.layers.7.self_attn.k_proj.weight"), (Names{"kv_heads", "embed"}));
  EXPECT_EQ(axes("model.layers.7.self_attn.o_proj.weight"), (Names{"embed", "heads"}));
  EXPECT_EQ(axes("model.layers.7.mlp.gate_proj.weight"), (Names{"mlp", "embed"}));
  EXPECT_EQ(axes("model.layers.7.mlp.down_proj.weight"), (Names{"embed", "mlp"}));
  EXPECT_EQ(axes("model.norm.weight"), (Names{"embed"}));
}

TEST(LlamaSection, RefusesSizesThatDoNotFit) {
  const auto message = [](const std::string& yaml) {
    return error_of([&] { from_section("llama", yaml, 50, 16); });
  };
  const std::string indivisible = message("{layers: 1, embed: 10, heads: 4, mlp: 4}");
  EXPECT_TRUE(contains(indivisible, "`embed` (10) must be a multiple of `heads` (4)"))
      << indivisible;
  EXPECT_TRUE(contains(indivisible, "model.yaml:1")) << indivisible;
  EXPECT_TRUE(contains(message("{layers: 1, embed: 8, heads: 4, kv_heads: 3, mlp: 4}"),
                       "`heads` (4) must be a multiple of `kv_heads` (3)"));
  EXPECT_TRUE(contains(message("{layers: 1, embed: 8, heads: 4, mlp: 4, context: 8}"),
                       "`context` is 8, shorter than the sequences to train on (16)"));
  EXPECT_TRUE(contains(message("{layers: 99999, embed: 8, heads: 4, mlp: 4}"),
                       "`layers` is 99999; it must be from 1 to 10000"));
  EXPECT_TRUE(contains(message("{layers: 1, embed: 8, heads: 4, mlp: 4, "
                               "rope_scaling: {kind: llama3, low_freq_factor: 4}}"),
                       "0 < low_freq_factor < high_freq_factor"));
  EXPECT_TRUE(contains(
      error_of([] { from_section("llama", "{layers: 1, embed: 8, heads: 4, mlp: 4}", 50, 0); }),
      "`context` is missing"));
}

}  // namespace
}  // namespace lmos::tests
