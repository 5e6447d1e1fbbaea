// What training an adapter promises: the model stays as it is, the run goes on bit for bit, memory
// is what `validate` said, and the merged model is the adapted one.
#include <gtest/gtest.h>

#include "end_to_end/program.h"
#include "formats/json_text.h"

namespace lmos::test {
namespace {

class Adapter : public testing::Test {
 protected:
  Adapter() {
    write_text(folder_ / "text.txt", sentences(20000));
    // Nothing that the model has seen.
    std::string other;
    while (other.size() < 8000) other += "xyzzy plugh ";
    write_text(folder_ / "other.txt", other);
    const std::string file = (folder_ / "base.yaml").string();
    write_text(file,
               head("text.txt") +
                   "tokenizer: {plugin: bpe, train: {vocab_size: 300}}\n"
                   "model: {plugin: gpt2, layers: 2, embed: 32, heads: 4}\n"
                   "optimizer: {lr: 3.0e-3}\ntrain: {steps: 40, batch: 4}\ncheckpoint: {folder: " +
                   (folder_ / "base").string() + "}\n");
    const Outcome outcome = llmasos({"train", file});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    base_ = (folder_ / "base").string() + "/model";
  }

  std::string head(const std::string& text) const {
    return "version: 1\nkind: train\nbackend: {plugin: cpu, threads: 2}\ndataset: {plugin: text, "
           "path: " +
           (folder_ / text).string() + ", sequence: 32}\n";
  }
  // The file of a run in a folder of that name; `targets`: a YAML list.
  std::string pipeline(const std::string& name,
                       const std::string& targets = "['*.c_attn', '*.c_fc']") {
    const std::string file = (folder_ / (name + ".yaml")).string();
    write_text(file,
               head("other.txt") + "model: {path: " + base_ + "}\n" +
                   "lora: {rank: 4, alpha: 8, dropout: 0.1, merge: true, targets: " + targets +
                   "}\noptimizer: {lr: 1.0e-2}\n"
                   "train: {steps: 12, batch: 4, accumulate: 2}\ncheckpoint: {folder: " +
                   (folder_ / name).string() + ", every: 6}\n");
    return file;
  }
  double loss(const std::vector<std::string>& model) {
    std::vector<std::string> words = {"evaluate",  "--text", (folder_ / "other.txt").string(),
                                      "--context", "32",     "--json"};
    words.insert(words.end(), model.begin(), model.end());
    const Outcome outcome = llmasos(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return parse_json(outcome.out, "answer").at("loss", "").as_double("loss");
  }

  TemporaryFolder folder_;
  std::string base_;
};

TEST_F(Adapter, LearnsBesideAModelThatStaysAsItIs) {
  const std::string before = read_text(base_ + "/model.safetensors");
  const Outcome outcome = llmasos({"train", pipeline("run")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(read_text(base_ + "/model.safetensors"), before);
  const std::string run = (folder_ / "run").string();
  EXPECT_FALSE(std::filesystem::exists(run + "/model/model.safetensors"));
  EXPECT_LT(std::filesystem::file_size(run + "/model/adapter_model.safetensors"),
            before.size() / 3);
  const Json config = parse_json(read_text(run + "/model/adapter_config.json"), "config");
  EXPECT_EQ(compact_json(config.at("target_modules", "")), R"(["c_attn","c_fc"])");
  EXPECT_TRUE(config.at("fan_in_fan_out", "").as_bool(""));

  const double plain = loss({"--model", base_});
  const double adapted = loss({"--model", base_, "--adapter", run + "/model"});
  EXPECT_LT(adapted, plain - 0.3);
  EXPECT_NEAR(loss({"--model", run + "/merged"}), adapted, 1e-4);
}

TEST_F(Adapter, GoesOnBitForBit) {
  ASSERT_EQ(llmasos({"train", pipeline("whole")}).code, 0);
  const std::string halves = pipeline("halves");
  ASSERT_EQ(llmasos({"train", halves, "--set", "train.steps=6"}).code, 0);
  const Outcome outcome = llmasos({"train", halves});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("going on from step 6"), std::string::npos) << outcome.err;
  const auto adapter = [&](const char* name) {
    return read_text((folder_ / name).string() + "/model/adapter_model.safetensors");
  };
  EXPECT_EQ(adapter("halves"), adapter("whole"));
}

TEST_F(Adapter, TakesTheMemoryThatValidateSays) {
  const std::string file = pipeline("run");
  const Outcome outcome = llmasos({"validate", file, "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json plan = parse_json(outcome.out, "plan");
  ASSERT_EQ(llmasos({"train", file}).code, 0);
  const Json used =
      parse_json(read_text((folder_ / "run").string() + "/memory.json"), "memory.json");
  for (const char* key : {"weights_bytes", "frozen_bytes", "gradients_bytes", "optimizer_bytes",
                          "inputs_bytes", "activations_bytes"})
    EXPECT_EQ(used.at(key, ""), plan.at(key, "")) << key;
  const int64_t trained = plan.at("parameters", "").as_int64("");
  EXPECT_EQ(plan.at("optimizer_bytes", "").as_int64(""), 8 * trained);
  EXPECT_GT(plan.at("frozen_parameters", "").as_int64(""), 10 * trained);
}

TEST_F(Adapter, SaysWhatDoesNotFit) {
  const Outcome targets = llmasos({"train", pipeline("run", "['*.q_proj']")});
  EXPECT_NE(targets.code, 0);
  EXPECT_NE(targets.err.find("`*.q_proj` matches no linear layer"), std::string::npos)
      << targets.err;
  const Outcome folder =
      llmasos({"generate", "--model", base_, "--adapter", base_, "--prompt", "x"});
  EXPECT_NE(folder.code, 0);
  EXPECT_NE(folder.err.find("this is no adapter"), std::string::npos) << folder.err;
}

}  // namespace
}  // namespace lmos::test
