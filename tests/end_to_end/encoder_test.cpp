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

// A run of a new model on records, and what its options are.
struct RecordRun {
  std::string task, dataset, records;
};

class RecordTasks : public Encoder {
 protected:
  // Trains on the records and gives the folder of the model.
  std::string train(const std::string& name, const RecordRun& run, const std::string& learning) {
    const std::string records = (folder_ / (name + ".jsonl")).string();
    write_text(records, run.records);
    const RunPaths paths =
        prepare(folder_, name,
                "version: 1\nkind: train\nseed: 5\nbackend: {plugin: cpu, threads: 2}\n"
                "tokenizer: {plugin: wordpiece, train: {vocab_size: 200}}\ndataset: {plugin: "
                "records, path: " +
                    records + run.dataset + "}\ntask: {" + run.task +
                    "}\nmodel: {plugin: bert, layers: 1, embed: 32, heads: 4, mlp: 64" + learning +
                    "evaluate: {every: 100, batches: 0}\n");
    const Outcome outcome = llmasos({"train", paths.file});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return paths.folder;
  }

  // The lines that predict writes; `printed` gets its figures.
  std::vector<Json> predict(const std::string& model, const std::string& records,
                            const std::vector<std::string>& options, Json* printed = nullptr) {
    write_text(folder_ / "asked.jsonl", records);
    const std::string out = (folder_ / "answers.jsonl").string();
    std::vector<std::string> words = {
        "predict",  "--model", model,   "--input", (folder_ / "asked.jsonl").string(),
        "--output", out,       "--json"};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome outcome = llmasos(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    if (printed != nullptr) *printed = parse_json(outcome.out, "predict");
    std::vector<Json> answers;
    std::istringstream lines(read_text(out));
    for (std::string line; std::getline(lines, line);) answers.push_back(parse_json(line, out));
    return answers;
  }
};

TEST_F(RecordTasks, TagWordsAndPredictThem) {
  std::string records;
  for (int i = 0; i < 80; ++i)
    records +=
        i % 2 == 0
            ? R"({"text": "Old king Arthur-Pendragon saw York", "tokens": ["Old", "king", "Arthur-Pendragon", "saw", "York"], )"
              R"("tags": ["O", "O", "B-PER", "O", "B-LOC"]})"
              "\n"
            : R"({"text": "York is far", "tokens": ["York", "is", "far"], "tags": ["B-LOC", "O", "O"]})"
              "\n";
  const std::string folder = train("tags",
                                   {"kind: token_classification, labels: [O, B-PER, B-LOC]",
                                    ", validation_fraction: 0.2, sequence: 24", records},
                                   ", dropout: 0, attention_dropout: 0}\noptimizer: {lr: 1.0e-2}\n"
                                   "train: {steps: 60, batch: 8}\n");
  const Json evaluation = parse_json(read_text(folder + "/evaluations.jsonl"), "evaluations.jsonl");
  EXPECT_GT(evaluation.at("accuracy", "").as_double(""), 0.95);
  EXPECT_GT(evaluation.at("f1", "").as_double(""), 0.95);
  EXPECT_EQ(evaluation.at("words", "").as_int64(""), 8 * 5 + 8 * 3);

  // No tags are needed; a word that truncation takes has none.
  const auto answers =
      predict(folder + "/model",
              "{\"id\": \"a\", \"tokens\": [\"York\", \"is\", \"old\"]}\n"
              "{\"tokens\": [\"far\", \"far\", \"far\", \"far\", \"far\", \"far\", \"far\"]}\n",
              {"--length", "6"});
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].at("id", "").as_string(""), "a");
  EXPECT_EQ(answers[0].at("tags", "").as_array("")[0].as_string(""), "B-LOC");
  EXPECT_EQ(answers[1].at("tags", "").as_array("").size(), 7u);
  EXPECT_TRUE(answers[1].at("tags", "").as_array("")[6].is_null());
}

TEST_F(RecordTasks, AnswerQuestionsFromLongContexts) {
  std::string records;
  for (int i = 0; i < 48; ++i) {
    const std::string name = i % 3 == 0 ? "Bors" : i % 3 == 1 ? "Kay" : "Bedivere";
    const std::string context = "é one day after another day the fair lady of the lake met " +
                                name + " by the old gate of the town and went home";
    records += "{\"id\": " + std::to_string(i) +
               ", \"question\": \"who met the lady\", \"context\": \"" + context +
               "\", \"answers\": [{\"text\": \"" + name +
               "\", \"answer_start\": " + std::to_string(context.find(name) - 1) + "}]}\n";
  }
  const std::string folder =
      train("questions",
            {"kind: question_answering, stride: 6, answer_tokens: 8",
             ", text: context, validation_fraction: 0.25, sequence: 24", records},
            ", dropout: 0, attention_dropout: 0}\noptimizer: {lr: 5.0e-3}\n"
            "train: {steps: 100, batch: 8}\n");
  const Json evaluation = parse_json(read_text(folder + "/evaluations.jsonl"), "evaluations.jsonl");
  EXPECT_EQ(evaluation.at("questions", "").as_int64(""), 12) << "not windows";
  EXPECT_GT(evaluation.at("exact_match", "").as_double(""), 0.8);
  EXPECT_GE(evaluation.at("f1", "").as_double(""), evaluation.at("exact_match", "").as_double(""));

  Json figures;
  const auto answers =
      predict(folder + "/model", records, {"--length", "24", "--set", "task.stride=6"}, &figures);
  ASSERT_EQ(answers.size(), 48u);
  EXPECT_EQ(figures.at("questions", "").as_int64(""), 48);
  EXPECT_EQ(answers[3].at("id", "").as_int64(""), 3);
  EXPECT_EQ(answers[3].at("begin", "").as_int64("") > 0, true);
}

TEST_F(RecordTasks, PredictsProbabilitiesOfClassesWithoutLabels) {
  std::string records;
  for (int i = 0; i < 64; ++i)
    records += i % 2 == 0 ? "{\"text\": \"a good day\", \"label\": \"yes\"}\n"
                          : "{\"text\": \"a bad day\", \"label\": \"no\"}\n";
  const std::string folder = train("classes",
                                   {"kind: sequence_classification, labels: [\"no\", \"yes\"]",
                                    ", validation_fraction: 0.25, sequence: 16", records},
                                   ", dropout: 0, attention_dropout: 0}\noptimizer: {lr: "
                                   "1.0e-2}\ntrain: {steps: 60, batch: 8}\n");
  const auto answers = predict(folder + "/model", "{\"id\": 9, \"text\": \"good day\"}\n", {});
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].at("id", "").as_int64(""), 9);
  EXPECT_EQ(answers[0].at("class", "").as_int64(""), 1);
  EXPECT_EQ(answers[0].at("label", "").as_string(""), "yes");
  const auto& shares = answers[0].at("probabilities", "").as_array("");
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_NEAR(shares[0].as_double("") + shares[1].as_double(""), 1, 1e-9);
  EXPECT_GT(shares[1].as_double(""), 0.5);
  const auto quantised =
      predict(folder + "/model", "{\"text\": \"good day\"}\n", {"--weights", "int8"});
  ASSERT_EQ(quantised.size(), 1u);
  EXPECT_EQ(quantised[0].at("label", "").as_string(""), "yes");
}

TEST_F(RecordTasks, NameTheRecordThatIsWrong) {
  const auto refused = [&](const std::string& task, const std::string& record) {
    write_text(folder_ / "wrong.jsonl", record + "\n" + record + "\n");
    const RunPaths paths =
        prepare(folder_, "wrong",
                "version: 1\nkind: train\nbackend: {plugin: cpu, threads: 2}\n"
                "tokenizer: {plugin: wordpiece, train: {vocab_size: 200}}\ndataset: {plugin: "
                "records, path: " +
                    (folder_ / "wrong.jsonl").string() + ", sequence: 16}\ntask: {" + task +
                    "}\nmodel: {plugin: bert, layers: 1, embed: 32, heads: 4, mlp: 64}\n"
                    "train: {steps: 1, batch: 1}\n");
    const Outcome outcome = llmasos({"train", paths.file});
    EXPECT_EQ(outcome.code, 4) << outcome.err;
    EXPECT_NE(outcome.err.find("wrong.jsonl`:1"), std::string::npos) << outcome.err;
    return outcome.err;
  };
  const std::string tags = "kind: token_classification, labels: [O, B-A]";
  EXPECT_NE(refused(tags, R"({"text": "a b", "tokens": ["a", "b"], "tags": ["O"]})")
                .find("2 `tokens` but 1"),
            std::string::npos);
  EXPECT_NE(refused(tags, R"({"text": "a", "tokens": ["a"], "tags": ["B-B"]})").find("no class"),
            std::string::npos);
  EXPECT_NE(refused("kind: question_answering",
                    R"({"text": "a", "question": "q", "context": "some text", "answers": )"
                    R"([{"text": "text", "answer_start": 4}]})")
                .find("not at character 4"),
            std::string::npos);
  EXPECT_NE(refused("kind: question_answering",
                    R"({"text": "a", "question": "q", "context": "some text", "answers": []})")
                .find("unanswerable"),
            std::string::npos);
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
