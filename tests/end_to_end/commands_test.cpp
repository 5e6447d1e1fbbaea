// Commands print what they say and exit with the documented codes, on good and on bad input.
#include <gtest/gtest.h>

#include "end_to_end/program.h"
#include "formats/json_text.h"

namespace lmos::test {
namespace {

const std::string kTiny =
    std::string(LLMASOS_SOURCE_DIRECTORY) + "/tests/models/data/tiny-llama2-gqa";
const std::string kQuickstart =
    std::string(LLMASOS_SOURCE_DIRECTORY) + "/config/pipelines/quickstart.yaml";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Commands, EveryOneHasHelp) {
  for (const char* command : {"run", "train", "generate", "evaluate", "validate", "tokenize",
                              "plugins", "graph", "schema", "verify", "bench"}) {
    const Outcome outcome = llmasos({command, "--help"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_TRUE(contains(outcome.out, "Usage: llmasos " + std::string(command))) << outcome.out;
  }
}

TEST(Commands, ATypoIsMetWithTheNearestName) {
  const Outcome command = llmasos({"trian", "x.yaml"});
  EXPECT_EQ(command.code, 2);
  EXPECT_TRUE(contains(command.err, "train")) << command.err;
  const Outcome option = llmasos({"generate", "--modle", "x"});
  EXPECT_EQ(option.code, 2);
  EXPECT_TRUE(contains(option.err, "--model")) << option.err;
}

TEST(Commands, ShippedPipelinesAreValid) {
  const Outcome outcome = llmasos({"validate", kQuickstart, "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json plan = parse_json(outcome.out, "plan");
  int64_t sum = 0;
  for (const char* part :
       {"weights_bytes", "gradients_bytes", "optimizer_bytes", "inputs_bytes", "activations_bytes"})
    sum += plan.at(part, "").as_int64("");
  EXPECT_EQ(plan.at("total_bytes", "").as_int64(""), sum);
  EXPECT_EQ(plan.at("weights_bytes", "").as_int64(""), 4 * plan.at("parameters", "").as_int64(""));
}

TEST(Commands, AMisspeltKeyNamesItsPlace) {
  const Outcome outcome = llmasos({"validate", kQuickstart, "--set", "train.stepz=3"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "did you mean 'steps'")) << outcome.err;
}

TEST(Commands, QuantisedWeightsAreNotTrained) {
  const Outcome outcome = llmasos({"validate", kQuickstart, "--set", "model.weights=int8"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "cannot be trained")) << outcome.err;
}

TEST(Commands, GraphsArePrintedAsTextAndDot) {
  const Outcome text = llmasos({"graph", kQuickstart});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "adamw(")) << text.out.substr(0, 2000);
  const Outcome dot = llmasos({"graph", kQuickstart, "--stage", "generate", "--dot"});
  EXPECT_EQ(dot.code, 0) << dot.err;
  EXPECT_TRUE(contains(dot.out, "digraph"));
  EXPECT_TRUE(contains(dot.out, "paged_attention"));
}

TEST(Commands, TheSchemaIsJson) {
  const Outcome outcome = llmasos({"schema"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(parse_json(outcome.out, "schema").find("$schema") != nullptr);
  const Outcome reference = llmasos({"schema", "--markdown"});
  if (!contains(reference.out, "backend: {plugin: cuda}"))
    GTEST_SKIP() << "this build has no cuda backend, whose fields are in the reference";
  EXPECT_EQ(reference.out,
            read_text(std::string(LLMASOS_SOURCE_DIRECTORY) + "/docs/pipeline-reference.md"))
      << "docs/pipeline-reference.md is made by `llmasos schema --markdown`; make it again";
}

TEST(Commands, PluginsAreListed) {
  const Outcome outcome = llmasos({"plugins", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* name : {"\"cpu\"", "\"reference\"", "\"llama\"", "\"bpe\"", "\"text\""})
    EXPECT_TRUE(contains(outcome.out, name)) << name;
}

TEST(Commands, AMissingModelIsNamed) {
  const Outcome outcome =
      llmasos({"generate", "--model", "/nowhere", "--prompt", "x", "--max-tokens", "1"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(contains(outcome.err, "/nowhere")) << outcome.err;
}

TEST(Commands, MissingAndMisshapenTensorsAreAllListedAtOnce) {
  TemporaryFolder folder;
  const auto copy = folder / "model";
  std::filesystem::copy(kTiny, copy);
  std::string config = read_text(copy / "config.json");
  const size_t layers = config.find("\"num_hidden_layers\": 2");
  ASSERT_NE(layers, std::string::npos);
  config[layers + 21] = '3';
  const size_t mlp = config.find("\"intermediate_size\": 176");
  ASSERT_NE(mlp, std::string::npos);
  config.replace(mlp, 24, "\"intermediate_size\": 170");
  write_text(copy / "config.json", config);
  const Outcome outcome =
      llmasos({"verify", "--model", copy.string(), "--expected", kTiny + "/expected.safetensors"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(contains(outcome.err, "model.layers.2.self_attn.q_proj.weight")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "model.layers.0.mlp.gate_proj.weight")) << outcome.err;
}

TEST(Commands, DamageThatAPluginFindsIsStillTheFiles) {
  TemporaryFolder folder;
  const auto copy = folder / "model";
  std::filesystem::copy(kTiny, copy);
  write_text(copy / "tokenizer.json", R"({"model": {"type": "BPE")");
  Outcome outcome = llmasos({"generate", "--model", copy.string(), "--prompt", "a"});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("tokenizer.json"), std::string::npos) << outcome.err;
  write_text(copy / "config.json", R"({"model_type": "llama", "hidden_size": -4})");
  outcome =
      llmasos({"verify", "--model", copy.string(), "--expected", kTiny + "/expected.safetensors"});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("config.json"), std::string::npos) << outcome.err;
}

TEST(Commands, ATruncatedWeightsFileIsRefused) {
  TemporaryFolder folder;
  const auto copy = folder / "model";
  std::filesystem::copy(kTiny, copy);
  const std::string weights = read_text(copy / "model.safetensors");
  for (const size_t size : {size_t{0}, size_t{7}, size_t{100}, weights.size() - 1}) {
    write_text(copy / "model.safetensors", weights.substr(0, size));
    const Outcome outcome = llmasos(
        {"verify", "--model", copy.string(), "--expected", kTiny + "/expected.safetensors"});
    EXPECT_EQ(outcome.code, 4) << size << ": " << outcome.err;
  }
}

}  // namespace
}  // namespace lmos::test
