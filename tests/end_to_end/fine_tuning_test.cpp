// What the fine-tuning pipelines of config/pipelines promise: each validates, trains on data in the
// form that its comments name, learns, and is judged by its metrics.
#include <gtest/gtest.h>

#include "end_to_end/program.h"
#include "formats/json_text.h"

namespace lmos::test {
namespace {

const std::string kConfig = std::string(LLMASOS_SOURCE_DIRECTORY) + "/config";

double last_number(const std::string& lines, const char* key) {
  std::string text = read_text(lines);
  text.pop_back();
  return parse_json(text.substr(text.rfind('\n') + 1), lines).at(key, lines).as_double(key);
}

class FineTuning : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // The pipeline NAME with `sets`, made small; its run is in NAME.
  void train(const std::string& name, const std::vector<std::string>& sets) {
    const std::string file = kConfig + "/pipelines/" + name + ".yaml";
    std::vector<std::string> words = {"validate", file, "--set", "dataset.path=" + data_};
    if (!base_.empty()) words.insert(words.end(), {"--set", "model.path=" + base_});
    for (const std::string& set : sets) words.insert(words.end(), {"--set", set});
    const Outcome valid = llmasos(words);
    EXPECT_EQ(valid.code, 0) << valid.err;
    words = {"train", file};
    std::vector<std::string> all = {"dataset.path=" + data_, "checkpoint.folder=" + path(name),
                                    "schedule.warmup=0",     "evaluate.every=30",
                                    "train.steps=60",        "train.batch=4",
                                    "optimizer.lr=3e-3",     "backend.threads=2"};
    all.insert(all.end(), sets.begin(), sets.end());
    for (const std::string& set : all) words.insert(words.end(), {"--set", set});
    const Outcome outcome = llmasos(words);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    std::string losses = read_text(folder_ / name / "metrics.jsonl");
    const double first =
        parse_json(losses.substr(0, losses.find('\n')), name).at("loss", name).as_double(name);
    EXPECT_LT(last_number(path(name + "/metrics.jsonl"), "loss"), 0.7 * first);
  }

  // A causal pipeline on prompts with completions, judged on `test`.
  void train_and_judge(const std::string& name, const std::string& prompt,
                       const std::string& completion, const std::string& test) {
    train_on_records(
        name,
        compact_json(Json::Object{
            {"prompt", prompt}, {"completion", completion}, {"text", prompt + completion}}),
        test, {});
  }

  void train_on_records(const std::string& name, const std::string& record, const std::string& test,
                        const std::vector<std::string>& sets) {
    std::string lines;
    for (int i = 0; i < 40; ++i) lines += record + "\n";
    data_ = path("train.jsonl");
    write_text(data_, lines);
    std::vector<std::string> all = {"tokenizer.train.vocab_size=300",
                                    "dataset.sequence=64",
                                    "model.layers=1",
                                    "model.embed=32",
                                    "model.heads=2",
                                    "model.kv_heads=2",
                                    "model.mlp=64"};
    all.insert(all.end(), sets.begin(), sets.end());
    train(name, all);
    if (HasFatalFailure()) return;
    write_text(folder_ / "test.jsonl", test + "\n");
    const Outcome outcome = llmasos({"evaluate", "--model", path(name) + "/model", "--generate",
                                     path("test.jsonl"), "--max-tokens", "30", "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const Json figures = parse_json(outcome.out, name);
    for (const char* metric : {"bleu", "rougeL", "exact_match", "f1"})
      EXPECT_NE(figures.find(metric), nullptr) << metric;
    EXPECT_GT(figures.at("f1", name).as_double("f1"), 0.5) << outcome.out;
  }

  TemporaryFolder folder_;
  std::string data_, base_;
};

TEST_F(FineTuning, Translation) {
  train_and_judge("translation", "Source: Ein Hund.\nTranslation:", " A dog runs home.",
                  "{\"prompt\": \"Source: Ein Hund.\\nTranslation:\", \"references\": [\"A dog "
                  "runs home.\"]}");
}

TEST_F(FineTuning, Summarisation) {
  train_and_judge("summarisation", "Article: It rained.\nSummary:", " The day was wet.",
                  "{\"prompt\": \"Article: It rained.\\nSummary:\", \"references\": [\"The day "
                  "was wet.\"]}");
}

TEST_F(FineTuning, Dialogue) {
  const std::string record =
      "{\"messages\": [{\"role\": \"user\", \"content\": \"Name a colour.\"}, "
      "{\"role\": \"assistant\", \"content\": \"Blue like the sea.\"}], "
      "\"text\": \"User: Name a colour. Assistant: Blue like the sea.\"}";
  write_text(folder_ / "chat_template.jinja",
             "{% for m in messages %}{{ m.role }}:\n{% if m.role == 'assistant' %}{% generation %}"
             "{{ m.content + eos_token }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}\n"
             "{% endfor %}{% if add_generation_prompt %}assistant:\n{% endif %}");
  train_on_records("dialogue", record, record,
                   {"task.chat_template=" + path("chat_template.jinja")});
}

TEST_F(FineTuning, QuestionAnswering) {
  const std::string base = path("base.yaml");
  write_text(folder_ / "text.txt", sentences(20000));
  write_text(base,
             "version: 1\nkind: train\nbackend: {plugin: cpu, threads: 2}\n"
             "tokenizer: {plugin: wordpiece, train: {vocab_size: 200}}\n"
             "dataset: {plugin: text, path: " +
                 path("text.txt") +
                 ", sequence: 64}\n"
                 "task: {kind: pretraining}\n"
                 "model: {plugin: bert, layers: 1, embed: 32, heads: 2, mlp: 64, context: 128}\n"
                 "train: {steps: 2, batch: 4}\ncheckpoint: {folder: " +
                 path("base") + "}\n");
  const Outcome outcome = llmasos({"train", base});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  base_ = path("base") + "/model";
  Json::Array questions;
  for (int i = 0; i < 40; ++i)
    questions.push_back(Json::Object{
        {"id", std::to_string(i)},
        {"question", "who mends ?"},
        {"answers",
         Json::Array{Json::Object{{"text", "the miller"}, {"answer_start", int64_t{0}}}}}});
  const Json paragraph =
      Json::Object{{"context", "the miller mends the red boat ."}, {"qas", questions}};
  data_ = path("squad.json");
  write_text(data_,
             compact_json(Json::Object{
                 {"data", Json::Array{Json::Object{{"paragraphs", Json::Array{paragraph}}}}}}));
  train("bert-squad", {"model.path=" + base_, "dataset.sequence=64", "task.stride=8"});
  if (HasFatalFailure()) return;
  EXPECT_EQ(last_number(path("bert-squad/evaluations.jsonl"), "exact_match"), 1);
}

}  // namespace
}  // namespace lmos::test
