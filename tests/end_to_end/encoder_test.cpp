// What pre-training, fine-tuning and embedding with a BERT promise their user.
#include <gtest/gtest.h>
#include <signal.h>

#include "end_to_end/program.h"
#include "end_to_end/training_run.h"
#include "formats/json_text.h"

namespace lmos::test {
namespace {

class Encoder : public testing::Test {
 protected:
  Encoder() {
    std::string text;
    for (int document = 0; document < 40; ++document) text += sentences(800) + "\n###\n";
    write_text(folder_ / "text.txt", text);
    std::string records;
    for (int i = 0; i < 200; ++i)
      records += i % 2 == 0 ? "the good king was here and " + std::to_string(i) + "\t1\n"
                            : "no bad day went by " + std::to_string(i) + "\t0\n";
    write_text(folder_ / "records.tsv", records);
  }

  std::string pretraining() const {
    return "version: 1\nkind: train\nseed: 5\n"
           "backend: {plugin: cpu, compute: float32, threads: 2}\n"
           "tokenizer: {plugin: wordpiece, train: {vocab_size: 200}}\n"
           "dataset: {plugin: text, path: " +
           (folder_ / "text.txt").string() +
           ", separator: \"###\", validation_fraction: 0.1, sequence: 48}\n"
           "task: {kind: pretraining, whole_words: true}\n"
           "model: {plugin: bert, layers: 2, embed: 32, heads: 4, mlp: 64}\n"
           "optimizer: {lr: 3.0e-3}\ntrain: {steps: 20, batch: 4, accumulate: 2}\n"
           "evaluate: {every: 10, batches: 4}\n";
  }

  std::string classification(const std::string& model) const {
    return "version: 1\nkind: train\nseed: 5\n"
           "backend: {plugin: cpu, compute: float32, threads: 2}\n"
           "dataset: {plugin: records, path: " +
           (folder_ / "records.tsv").string() +
           ", columns: [text, label], validation_fraction: 0.2, sequence: 40}\n"
           "task: {kind: sequence_classification}\nmodel: {path: " +
           model +
           "}\noptimizer: {lr: 1.0e-2}\ntrain: {steps: 60, batch: 8}\n"
           "evaluate: {every: 60, batches: 0}\n";
  }

  // Kills the run twice on its way, and says what it wrote all the same.
  static std::map<int64_t, std::string> losses_of_killed(const RunPaths& run) {
    for (const char* checkpoint : {"step-00000005", "step-00000010"}) {
      RunningProgram program({"train", run.file});
      EXPECT_TRUE(program.wait_for("saved " + run.folder + "/checkpoints/" + checkpoint));
      program.signal(SIGKILL);
      EXPECT_EQ(program.exit_code(), 128 + SIGKILL);
    }
    const Outcome outcome = llmasos({"train", run.file});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return losses(run.folder);
  }

  static uint64_t planned_bytes(const std::string& file) {
    const Outcome outcome = llmasos({"validate", file, "--json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return parse_json(outcome.out, "validate").at("total_bytes", "").as_uint64("");
  }

  static uint64_t peak_bytes(const RunPaths& run) {
    return parse_json(read_text(run.folder + "/memory.json"), "memory.json")
        .at("peak_bytes", "")
        .as_uint64("");
  }

  TemporaryFolder folder_;
};

TEST_F(Encoder, PretrainsFineTunesAndEmbeds) {
  const RunPaths whole = prepare(folder_, "pretrained", pretraining());
  Outcome outcome = llmasos({"train", whole.file});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(peak_bytes(whole), planned_bytes(whole.file));
  EXPECT_NE(read_text(whole.folder + "/evaluations.jsonl").find("next_sentence_accuracy"),
            std::string::npos);
  EXPECT_EQ(losses_of_killed(prepare(folder_, "killed", pretraining())), losses(whole.folder));

  const std::string base = classification(whole.folder + "/model");
  const RunPaths tuned = prepare(folder_, "tuned", base);
  outcome = llmasos({"train", tuned.file});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("so new: classifier.bias, classifier.weight"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(peak_bytes(tuned), planned_bytes(tuned.file)) << "batches of several lengths";
  const Json evaluation =
      parse_json(read_text(tuned.folder + "/evaluations.jsonl"), "evaluations.jsonl");
  EXPECT_GT(evaluation.at("accuracy", "").as_double(""), 0.9);
  EXPECT_EQ(evaluation.at("records", "").as_int64(""), 40);
  EXPECT_EQ(losses_of_killed(prepare(folder_, "tuned-killed", base)), losses(tuned.folder));

  write_text(folder_ / "in.jsonl", "{\"id\": 7, \"text\": \"the king\"}\n{\"text\": \"a day\"}\n");
  const std::string out = (folder_ / "out.jsonl").string();
  outcome = llmasos({"embed", "--model", whole.folder + "/model", "--input",
                     (folder_ / "in.jsonl").string(), "--output", out, "--normalize"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  std::istringstream lines(read_text(out));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const Json first = parse_json(line, "out.jsonl");
  EXPECT_EQ(first.at("id", "").as_int64(""), 7);
  double squares = 0;
  for (const Json& value : first.at("embedding", "").as_array(""))
    squares += value.as_double("") * value.as_double("");
  EXPECT_NEAR(squares, 1, 1e-5);
}

TEST_F(Encoder, NamesWhatTheTokenizerLacks) {
  std::string text = pretraining();
  text.replace(text.find("wordpiece"), 9, "bpe");
  text.replace(text.find("vocab_size: 200"), 15, "vocab_size: 300");
  const Outcome outcome = llmasos({"train", prepare(folder_, "bpe", text).file});
  EXPECT_NE(outcome.code, 0);
  EXPECT_NE(outcome.err.find("the tokenizer has no token [CLS]"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace lmos::test
