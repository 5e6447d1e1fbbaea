// The names of activations, in the configurations of every family.
#include <gtest/gtest.h>

#include <set>

#include "formats/json.h"
#include "formats/json_text.h"
#include "graph/print.h"
#include "models/plugin_models.h"

namespace lmos::tests {
namespace {

struct Family {
  const char* plugin;
  const char* key;
  const char* members;  // of a small config.json
  const char* task;

  std::unique_ptr<components::Model> model(const std::string& activation) const {
    return from_hugging_face(
        plugin, "{" + std::string(members) + ", \"" + key + "\": \"" + activation + "\"}");
  }
  std::unique_ptr<components::Model> section(const std::string& more) const {
    return from_section(plugin, "{layers: 1, embed: 16, heads: 2, mlp: 24" + more + "}", 32, 8);
  }
  graph::Graph graph(const components::Model& model) const {
    return model.graph(task, false, LMOS_F32, LMOS_F32);
  }
  std::string written(const components::Model& model) const {
    return parse_json(model.config_json(), "written").at(key, "").as_string("");
  }
};

void PrintTo(const Family& family, std::ostream* out) { *out << family.plugin; }

constexpr Family kFamilies[] = {
    {"llama", "hidden_act",
     R"("vocab_size": 32, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1,
        "num_attention_heads": 2)",
     LMOS_TASK_CAUSAL_LM_LOSS},
    {"gpt2", "activation_function",
     R"("vocab_size": 32, "n_positions": 8, "n_embd": 16, "n_layer": 1, "n_head": 2)",
     LMOS_TASK_CAUSAL_LM_LOSS},
    {"bert", "hidden_act",
     R"("vocab_size": 32, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1,
        "num_attention_heads": 2)",
     LMOS_TASK_MASKED_LM ".loss"},
};

// transformers' names, those of one function on one line.
const std::vector<std::vector<std::string>> kNames = {
    {"gelu", "gelu_python"},
    {"gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate", "gelu_python_tanh"},
    {"quick_gelu"},
    {"relu"},
    {"silu", "swish"},
    {"tanh"},
};

class ActivationOf : public testing::TestWithParam<Family> {};

TEST_P(ActivationOf, KeepsItsNameInAConfiguration) {
  const Family& family = GetParam();
  for (const auto& names : kNames) {
    for (const std::string& name : names) {
      const auto model = family.model(name);
      EXPECT_EQ(family.written(*model), name);
      EXPECT_EQ(graph::print(family.graph(*from_hugging_face(family.plugin, model->config_json()))),
                graph::print(family.graph(*model)))
          << name;
    }
  }
}

TEST_P(ActivationOf, IsTheSameByAllOfItsNamesAndByNoOther) {
  const Family& family = GetParam();
  std::set<std::string> graphs;
  for (const auto& names : kNames) {
    const std::string first = graph::print(family.graph(*family.model(names[0])));
    EXPECT_TRUE(graphs.insert(first).second) << names[0] << " computes what another one does";
    for (const std::string& name : names)
      EXPECT_EQ(graph::print(family.graph(*family.model(name))), first) << name;
  }
}

TEST_P(ActivationOf, HasANameInPipelines) {
  const Family& family = GetParam();
  const std::pair<const char*, const char*> names[] = {
      {"gelu", "gelu"}, {"gelu_tanh", "gelu_new"}, {"quick_gelu", "quick_gelu"},
      {"relu", "relu"}, {"silu", "silu"},          {"tanh", "tanh"}};
  for (const auto& [name, written] : names)
    EXPECT_EQ(family.written(*family.section(", activation: " + std::string(name))), written);
  const std::string message = error_of([&] { family.section(", activation: mish"); });
  EXPECT_TRUE(contains(message, "mish")) << message;
  EXPECT_TRUE(contains(message, "quick_gelu")) << message;
}

TEST_P(ActivationOf, IsRefusedByAnUnknownNameWithTheKnownOnes) {
  const Family& family = GetParam();
  const std::string message = error_of([&] { family.model("mish"); });
  const std::string expected =
      "`" + std::string(family.key) +
      "` is `mish`; supported are gelu, gelu_python, gelu_new, gelu_pytorch_tanh, gelu_fast, "
      "gelu_accurate, gelu_python_tanh, quick_gelu, relu, silu, swish, tanh";
  EXPECT_TRUE(contains(message, expected)) << message;
  EXPECT_TRUE(contains(message, "config.json")) << message;
}

INSTANTIATE_TEST_SUITE_P(Families, ActivationOf, testing::ValuesIn(kFamilies),
                         [](const auto& info) { return std::string(info.param.plugin); });

TEST(ActivationOfLlama, IsFusedWithTheProductWhereItIsSilu) {
  const Family& llama = kFamilies[0];
  const auto swiglus = [&](const components::Model& model) {
    return count_nodes(llama.graph(model), "swiglu");
  };
  EXPECT_EQ(swiglus(*llama.section("")), 1u) << "the default";
  EXPECT_EQ(swiglus(*llama.model("silu")), 1u);
  EXPECT_EQ(swiglus(*llama.model("swish")), 1u);
  EXPECT_EQ(swiglus(*llama.model("relu")), 0u);
  EXPECT_EQ(count_nodes(llama.graph(*llama.model("gelu_new")), "gelu"), 1u);
}

}  // namespace
}  // namespace lmos::tests
