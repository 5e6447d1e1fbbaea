// What instruction tuning promises: only completions count, and examples that share a sequence do
// not see each other.
#include <gtest/gtest.h>

#include "end_to_end/program.h"
#include "formats/json_text.h"

namespace lmos::test {
namespace {

class Instruction : public testing::Test {
 protected:
  Instruction() {
    write_text(folder_ / "text.txt", sentences(20000));
    const std::string file = (folder_ / "base.yaml").string();
    write_text(file,
               "version: 1\nkind: train\nbackend: {plugin: cpu, threads: 2}\n"
               "dataset: {plugin: text, path: " +
                   (folder_ / "text.txt").string() +
                   ", sequence: 96}\n"
                   "tokenizer: {plugin: bpe, train: {vocab_size: 300}}\n"
                   "model: {plugin: llama, layers: 2, embed: 32, heads: 4, mlp: 64}\n"
                   "train: {steps: 4, batch: 4}\ncheckpoint: {folder: " +
                   (folder_ / "base").string() + "}\n");
    const Outcome outcome = llmasos({"train", file});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }

  // The loss of the first step, which sees all eight examples once.
  double first_loss(const std::string& name, const std::string& completion, int64_t sequence,
                    int64_t rows) {
    std::string records;
    for (int i = 0; i < 8; ++i)
      records += "{\"instruction\": \"say it\", \"input\": \"\", \"output\": \"" +
                 completion.substr(0, static_cast<size_t>(4 + i)) + "\"}\n";
    write_text(folder_ / (name + ".jsonl"), records);
    const std::string file = (folder_ / (name + ".yaml")).string();
    write_text(
        file,
        "version: 1\nkind: train\nbackend: {plugin: cpu, threads: 2}\n"
        "dataset: {plugin: records, path: " +
            (folder_ / (name + ".jsonl")).string() + ", sequence: " + std::to_string(sequence) +
            "}\ntask: {kind: instruction, prompt: ['{instruction} {input}:', "
            "'{instruction}:']}\nmodel: {path: " +
            (folder_ / "base").string() +
            "/model}\n"
            "train: {steps: 1, batch: " +
            std::to_string(rows) + "}\ncheckpoint: {folder: " + (folder_ / name).string() + "}\n");
    const Outcome outcome = llmasos({"train", file});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("8 examples in " + std::to_string(rows) + " sequences"),
              std::string::npos)
        << outcome.err;
    return parse_json(read_text(folder_ / name / "metrics.jsonl"), "metrics")
        .at("loss", "")
        .as_double("loss");
  }

  TemporaryFolder folder_;
};

TEST_F(Instruction, ExamplesThatShareASequenceDoNotSeeEachOther) {
  const std::string words = "qxzvwkjqxzvwkj";  // a token a letter
  const double alone = first_loss("alone", words, 20, 8);
  EXPECT_NEAR(first_loss("together", words, 96, 2), alone, 1e-5 * alone);
}

TEST_F(Instruction, NamesTheRecordThatNoTemplateFits) {
  write_text(folder_ / "bad.jsonl",
             "{\"instruction\": \"a\", \"output\": \"b\"}\n{\"other\": 1}\n");
  const std::string file = (folder_ / "bad.yaml").string();
  write_text(file, "version: 1\nkind: train\ndataset: {plugin: records, path: " +
                       (folder_ / "bad.jsonl").string() +
                       ", sequence: 96}\ntask: {kind: instruction}\nmodel: {path: " +
                       (folder_ / "base").string() +
                       "/model}\ntrain: {steps: 1, batch: 1}\ncheckpoint: {folder: " +
                       (folder_ / "bad").string() + "}\n");
  const Outcome outcome = llmasos({"train", file});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("bad.jsonl`:2"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace lmos::test
