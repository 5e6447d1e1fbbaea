// Hugging Face configurations of LLaMA models.
#include <gtest/gtest.h>

#include "errors/error.h"
#include "formats/json.h"
#include "formats/json_text.h"
#include "formats/safetensors.h"
#include "graph/print.h"
#include "models/plugin_models.h"

namespace lmos::tests {
namespace {

// Head width 16; `more` are further members.
std::string config(const std::string& more) {
  return R"({"model_type": "llama", "vocab_size": 32, "hidden_size": 64, "intermediate_size": 48,
             "num_hidden_layers": 2, "num_attention_heads": 4)" +
         (more.empty() ? "" : ", " + more) + "}";
}

graph::Graph loss_graph(const components::Model& model) {
  return model.graph(LMOS_TASK_CAUSAL_LM_LOSS, false, LMOS_F32, LMOS_F32);
}

std::vector<double> frequencies(const std::string& more) {
  const auto graph = loss_graph(*from_hugging_face("llama", config(more)));
  return find_node(graph, "constant").attributes.numbers("values");
}

constexpr const char* kNewLlama3 =
    R"("rope_parameters": {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0,
       "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64})";
constexpr const char* kOldLlama3 =
    R"("rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0,
       "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64})";

struct Rotary {
  const char* name;
  const char* members;
  std::vector<double> expected;  // inv_freq of transformers' LlamaRotaryEmbedding, in float32
};

void PrintTo(const Rotary& rotary, std::ostream* out) { *out << rotary.name; }

const std::vector<double> kDefault = {1.0,           0.316227764,   0.100000001,   0.0316227786,
                                      0.00999999978, 0.00316227786, 0.00100000005, 0.000316227786};
const std::vector<double> kLinear = {0.25,          0.079056941,    0.0250000004,   0.00790569466,
                                     0.00249999994, 0.000790569466, 0.000250000012, 7.90569466e-05};
const std::vector<double> kLlama3 = {1.0,
                                     0.079403013,
                                     0.00470075384,
                                     0.000911583134,
                                     0.000176776681,
                                     3.42810235e-05,
                                     6.64786967e-06,
                                     1.28917316e-06};

class RotaryFrequencies : public testing::TestWithParam<Rotary> {};

TEST_P(RotaryFrequencies, AreThoseOfTransformers) {
  const std::vector<double> actual = frequencies(GetParam().members);
  ASSERT_EQ(actual.size(), GetParam().expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i] / GetParam().expected[i], 1, 2e-7) << i;
}

INSTANTIATE_TEST_SUITE_P(
    Spellings, RotaryFrequencies,
    testing::Values(
        Rotary{"absent", "", kDefault}, Rotary{"null", R"("rope_scaling": null)", kDefault},
        Rotary{"old_default", R"("rope_theta": 10000.0)", kDefault},
        Rotary{"new_default", R"("rope_parameters": {"rope_type": "default", "rope_theta": 1e4})",
               kDefault},
        Rotary{"old_linear", R"("rope_scaling": {"type": "linear", "factor": 4.0})", kLinear},
        Rotary{"middle_linear", R"("rope_scaling": {"rope_type": "linear", "factor": 4.0})",
               kLinear},
        Rotary{"new_linear",
               R"("rope_parameters": {"rope_type": "linear", "rope_theta": 10000, "factor": 4.0})",
               kLinear},
        Rotary{"old_llama3", kOldLlama3, kLlama3}, Rotary{"new_llama3", kNewLlama3, kLlama3}),
    [](const auto& info) { return std::string(info.param.name); });

struct Refusal {
  const char* members;
  const char* message;
};

TEST(LlamaConfig, RefusesWhatItWouldComputeWrongly) {
  const Refusal refusals[] = {
      {R"("sliding_window": 4096)", "`sliding_window` is set"},
      {R"("quantization_config": {"bits": 4})", "`quantization_config` is set"},
      {R"("rope_scaling": {"type": "yarn", "factor": 2.0})", "type `yarn` is not supported"},
      {R"("rope_parameters": {"rope_type": "longrope"})", "type `longrope` is not supported"},
      {R"("rope_scaling": {"type": "linear"})", "`factor` is missing"},
      {R"("rope_scaling": {"type": "linear", "factor": 0.5})", "factor must be at least 1"},
      {R"("rope_scaling": "linear")", "must be a map"},
      {R"("partial_rotary_factor": 0.5)", "`partial_rotary_factor` is not supported"},
      {R"("num_key_value_heads": 3)",
       "`num_attention_heads` (4) must be a multiple of `num_key_value_heads` (3)"},
      {R"("head_dim": 15)", "`head_dim` is 15; rotary embeddings need an even number"},
      {R"("head_dim": "wide")", "head_dim"},
      {R"("max_position_embeddings": 0)", "`max_position_embeddings` is 0"},
      {R"("max_position_embeddings": 99999999999)", "`max_position_embeddings` is 99999999999"},
      {R"("rms_norm_eps": 0)", "epsilon must be positive"},
  };
  for (const Refusal& refusal : refusals) {
    const std::string message =
        error_of([&] { from_hugging_face("llama", config(refusal.members)); });
    EXPECT_TRUE(contains(message, refusal.message)) << refusal.members << ": " << message;
    EXPECT_TRUE(contains(message, "config.json")) << message;
  }
}

TEST(LlamaConfig, NamesAMissingMember) {
  const std::string message = error_of([] { from_hugging_face("llama", R"({"vocab_size": 8})"); });
  EXPECT_TRUE(contains(message, "`num_hidden_layers` is missing")) << message;
}

TEST(LlamaConfig, TakesTransformersDefaults) {
  const auto model = from_hugging_face("llama", config(""));
  EXPECT_EQ(model->context(), 2048);
  EXPECT_EQ(model->vocab_size(), 32);
  const auto graph = loss_graph(*model);
  EXPECT_EQ(find_node(graph, "rms_norm").attributes.number("epsilon"), 1e-6);
  const auto* key = graph.find_parameter("model.layers.0.self_attn.k_proj.weight");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(graph.type(key->value).dims, (std::vector<int64_t>{64, 64}));
  EXPECT_NE(graph.find_parameter("lm_head.weight"), nullptr);
}

TEST(LlamaConfig, HasBiasesWhereItSaysSo) {
  const auto graph = loss_graph(
      *from_hugging_face("llama", config(R"("attention_bias": true, "mlp_bias": true)")));
  for (const char* name : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                           "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}) {
    const auto* bias = graph.find_parameter("model.layers.1." + std::string(name) + ".bias");
    ASSERT_NE(bias, nullptr) << name;
    EXPECT_FALSE(bias->decay);
    EXPECT_EQ(bias->init, graph::Init::kZeros);
  }
}

class WrittenConfig : public testing::TestWithParam<const char*> {};

TEST_P(WrittenConfig, ReadsBackAsTheSameModel) {
  const auto model = from_hugging_face("llama", config(GetParam()));
  const std::string written = model->config_json();
  const auto again = from_hugging_face("llama", written);
  EXPECT_EQ(graph::print(loss_graph(*again)), graph::print(loss_graph(*model)));
  EXPECT_EQ(again->context(), model->context());
  EXPECT_EQ(again->config_json(), written);
}

INSTANTIATE_TEST_SUITE_P(All, WrittenConfig,
                         testing::Values("", kOldLlama3,
                                         R"("rope_scaling": {"type": "linear", "factor": 4.0})",
                                         R"("tie_word_embeddings": true, "head_dim": 8,
                                            "num_key_value_heads": 2, "attention_bias": true,
                                            "mlp_bias": true, "max_position_embeddings": 77,
                                            "initializer_range": 0.5, "rms_norm_eps": 1e-5, "hidden_act": "relu")"));

TEST(LlamaConfig, IsWrittenInTheSpellingsOfOldAndNewTransformers) {
  const Json json =
      parse_json(from_hugging_face("llama", config(kNewLlama3))->config_json(), "written");
  EXPECT_EQ(json.at("architectures", "").as_array("")[0], Json("LlamaForCausalLM"));
  EXPECT_EQ(json.at("rope_theta", ""), Json(500000.0));
  EXPECT_EQ(json.at("rope_scaling", "").at("rope_type", ""), Json("llama3"));
  EXPECT_EQ(json.at("rope_parameters", "").at("rope_theta", ""), Json(500000.0));
  EXPECT_EQ(json.at("rope_parameters", "").at("original_max_position_embeddings", ""), Json(64));
}

class RealModel : public testing::TestWithParam<const char*> {};

TEST_P(RealModel, HasTheParametersOfItsFile) {
  const auto folder = data_model(GetParam());
  if (!folder) GTEST_SKIP() << "LLMASOS_TEST_DATA has no models/" << GetParam();
  const auto model = from_hugging_face("llama", read_text(*folder / "config.json"));
  const auto graph = loss_graph(*model);
  const SafetensorsFile file(*folder / "model.safetensors");
  EXPECT_EQ(graph.parameters.size(), file.tensors().size());
  for (const auto& [name, tensor] : file.tensors()) {
    const auto* parameter = graph.find_parameter(name);
    ASSERT_NE(parameter, nullptr) << name;
    EXPECT_EQ(graph.type(parameter->value).dims,
              std::vector<int64_t>(tensor.shape.begin(), tensor.shape.end()))
        << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, RealModel,
                         testing::Values("tiny-llama2-gqa", "tiny-llama3-rope-tied",
                                         "stories260K"));

}  // namespace
}  // namespace lmos::tests
