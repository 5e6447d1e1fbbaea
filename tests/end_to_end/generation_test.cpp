// What generation promises: the tokens that transformers gives, the same ones whatever runs beside
// them, and clear errors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "end_to_end/program.h"
#include "formats/json_text.h"

namespace lmos::test {
namespace {

class Stories : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("LLMASOS_TEST_DATA");
    if (data == nullptr) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
    model_ = std::string(data) + "/models/stories260K";
  }
  Json generate(std::vector<std::string> words) {
    words.insert(words.begin(), {"generate", "--model", model_, "--json"});
    const Outcome outcome = llmasos(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.code == 0 ? parse_json(outcome.out, "answer") : Json(Json::Object());
  }
  std::string model_;
};

TEST_F(Stories, GreedyContinuationsAreTransformersTokenForToken) {
  const Json expected = read_json_file(model_ + "/expected.json");
  for (const char* backend : {"reference", "cpu"})
    for (const Json& story : expected.as_array("stories")) {
      const auto& prompt_ids = story.at("prompt_ids", "").as_array("");
      const auto& greedy_ids = story.at("greedy_ids", "").as_array("");
      const std::string prompt = story.at("prompt", "").as_string("");
      const Json answer =
          generate({"--backend", backend, "--prompt", prompt, "--temperature", "0", "--max-tokens",
                    std::to_string(greedy_ids.size() - prompt_ids.size())});
      auto ids = answer.at("prompt_ids", "").as_array("");
      const auto& added = answer.at("ids", "").as_array("");
      EXPECT_EQ(ids, prompt_ids);
      ids.insert(ids.end(), added.begin(), added.end());
      EXPECT_EQ(ids, greedy_ids);
      EXPECT_EQ(prompt + answer.at("text", "").as_string(""), story.at("text", "").as_string(""));
    }
}

TEST_F(Stories, BatchesGiveEachPromptWhatItGetsAlone) {
  TemporaryFolder folder;
  const char* const prompts[] = {"Once upon a time", "Lily and her dog", "The sun",
                                 "A very long day began when the little cat"};
  std::string lines;
  for (int i = 0; i < 24; ++i) {
    Json line = Json::Object();
    line.set("prompt", prompts[i % 4]);
    line.set("id", i);
    lines += compact_json(line) + "\n";
  }
  write_text(folder / "prompts.jsonl", lines);
  const std::vector<std::string> settings = {"--max-tokens", "30",  "--temperature", "0.9",
                                             "--top-p",      "0.9", "--seed",        "3"};
  std::vector<std::string> words = {"generate",
                                    "--model",
                                    model_,
                                    "--prompts",
                                    (folder / "prompts.jsonl").string(),
                                    "--output",
                                    (folder / "texts.jsonl").string()};
  words.insert(words.end(), settings.begin(), settings.end());
  const Outcome outcome = llmasos(words);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  std::istringstream texts(read_text(folder / "texts.jsonl"));
  int count = 0;
  for (std::string line; std::getline(texts, line); ++count) {
    const Json answer = parse_json(line, "texts.jsonl");
    EXPECT_EQ(answer.at("id", "").as_int64(""), count);
    std::vector<std::string> alone = {"--prompt", prompts[count % 4]};
    alone.insert(alone.end(), settings.begin(), settings.end());
    if (count < 4) {
      EXPECT_EQ(answer.at("ids", ""), generate(alone).at("ids", ""));
    }
  }
  EXPECT_EQ(count, 24);
}

TEST_F(Stories, StopsBeforeAStopString) {
  const Json answer = generate({"--prompt", "Once upon a time", "--temperature", "0",
                                "--max-tokens", "100", "--stop", "Lily"});
  EXPECT_EQ(answer.at("text", "").as_string(""), ", there was a little girl named ");
  EXPECT_EQ(answer.at("finish_reason", "").as_string(""), "stop_string");
}

TEST_F(Stories, StreamsThePromptAndTheTextToStandardOutput) {
  const Outcome outcome = llmasos({"generate", "--model", model_, "--prompt", "Once upon a time",
                                   "--temperature", "0", "--max-tokens", "12"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.rfind("Once upon a time, there was a little", 0), 0u) << outcome.out;
}

TEST_F(Stories, RefusesMoreTokensThanTheContextHolds) {
  const Outcome outcome =
      llmasos({"generate", "--model", model_, "--prompt", "Once", "--max-tokens", "5000"});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("512"), std::string::npos) << outcome.err;
}

TEST_F(Stories, CompactWeightsAreOfBfloat16) {
  const Outcome outcome =
      llmasos({"generate", "--model", model_, "--prompt", "Once", "--weights", "compact"});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("needs `backend.compute: bfloat16`"), std::string::npos)
      << outcome.err;
}

TEST(CompactWeights, TellTheSameTextInTheBytesThatWerePlanned) {
  TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 400; ++i) text += "The " + std::to_string(i * 7919 % 1000) + " sheep ran. ";
  write_text(folder / "text.txt", text);
  const std::string run = (folder / "run").string();
  write_text(folder / "train.yaml",
             "version: 1\nkind: train\ntokenizer: {plugin: bpe, train: {vocab_size: 300}}\n"
             "dataset: {plugin: text, path: " +
                 (folder / "text.txt").string() +
                 ", sequence: 64}\n"
                 "model: {plugin: llama, layers: 2, embed: 128, heads: 4, kv_heads: 2, mlp: 256}\n"
                 "train: {steps: 3, batch: 2}\ncheckpoint: {folder: " +
                 run + "}\n");
  const Outcome trained = llmasos({"train", (folder / "train.yaml").string()});
  ASSERT_EQ(trained.code, 0) << trained.err;
  for (const char* backend : {"cpu", "reference"}) {
    const auto ids = [&](const char* weights) {
      const Outcome outcome =
          llmasos({"generate", "--model", run + "/model", "--backend", backend, "--compute",
                   "bfloat16", "--weights", weights, "--prompt", "The 7", "--temperature", "0",
                   "--max-tokens", "12", "--json"});
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      return outcome.code == 0 ? parse_json(outcome.out, "answer").at("ids", "") : Json();
    };
    EXPECT_EQ(ids("compact"), ids("compute")) << backend;
  }
  write_text(folder / "generate.yaml",
             "version: 1\nkind: generate\n"
             "backend: {plugin: cpu, compute: bfloat16}\nmodel: {path: " +
                 run + "/model}\ngenerate: {prompt: The}\n");
  const auto weights_bytes = [&](const std::string& weights) {
    const Outcome outcome = llmasos({"validate", (folder / "generate.yaml").string(), "--json",
                                     "--set", "model.weights=" + weights});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return parse_json(outcome.out, "plan").at("weights_bytes", "").as_int64("");
  };
  // Of 128 weights, 193 bytes in place of 256; and room for raw blocks of 256 bytes in each matrix.
  int64_t saved = 0;
  for (const int64_t blocks : {128, 64, 64, 128, 256, 256, 256})
    saved += blocks * (256 - 193) - 256 * std::max<int64_t>(8, blocks / 16);
  EXPECT_EQ(weights_bytes("compute") - weights_bytes("compact"), 2 * saved);
}

TEST_F(Stories, Int8WeightsTellTheSameStoryInFewerBytes) {
  const std::vector<std::string> story = {"--prompt", "Once upon a time", "--temperature",
                                          "0",        "--max-tokens",     "20"};
  std::vector<std::string> quantized = story;
  quantized.insert(quantized.end(), {"--weights", "int8"});
  EXPECT_EQ(generate(quantized).at("ids", ""), generate(story).at("ids", ""));

  TemporaryFolder folder;
  write_text(folder / "generate.yaml", "version: 1\nkind: generate\nmodel: {path: " + model_ +
                                           "}\ngenerate: {prompt: Once}\n");
  const auto weights_bytes = [&](const std::string& weights) {
    const Outcome outcome = llmasos({"validate", (folder / "generate.yaml").string(), "--json",
                                     "--set", "model.weights=" + weights});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return parse_json(outcome.out, "plan").at("weights_bytes", "").as_int64("");
  };
  // Of each of the 5 layers: 3 bytes less for each weight, 4 more for each row.
  const int64_t weights = 64 * 64 * 2 + 32 * 64 * 2 + 3 * 64 * 172,
                rows = 3 * 64 + 2 * 32 + 2 * 172;
  EXPECT_EQ(weights_bytes("compute") - weights_bytes("int8"), 5 * (3 * weights - 4 * rows));
  EXPECT_EQ(weights_bytes("int8"), weights_bytes("fp8"));
}

TEST_F(Stories, TokenizesJsonLines) {
  const Outcome outcome =
      llmasos({"tokenize", "--tokenizer", model_ + "/tokenizer.json", "--special"},
              "{\"text\": \"Once upon a time\"}\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "{\"ids\":[1,403,407,261,378]}\n");
}

}  // namespace
}  // namespace lmos::test
