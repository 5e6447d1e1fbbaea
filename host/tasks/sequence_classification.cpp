#include <optional>

#include "metrics/confusion_matrix.h"
#include "tasks/class_names.h"
#include "tasks/kinds.h"
#include "tasks/record_task.h"
#include "tasks/special_tokens.h"

namespace lmos::tasks {
namespace {

using ClassifiedBatches = RecordBatches<Json>;  // of each record the beginning of its answer

class ClassificationScores : public Scores {
 public:
  ClassificationScores(const ClassifiedBatches& batches, const std::vector<std::string>& names)
      : batches_(batches), names_(names), matrix_(std::ssize(names)) {}

  void add(const data::Batch& batch, const Predictions& outputs) override {
    const std::span<const float> logits = outputs.find("logits")->second;
    for (size_t row = 0; row < batch.examples.size(); ++row) {
      const auto scores = logits.subspan(row * names_.size(), names_.size());
      const size_t example = batch.examples[row];
      const int32_t label = batches_.examples()[example].labels.front();
      if (label != data::kIgnoredLabel)
        matrix_.add(label, static_cast<int64_t>(most_likely(scores)));
      if (batches_.reading().answers) answers_.push_back(answer(example, scores));
    }
  }

  std::vector<Metric> results(const Losses&) const override {
    if (matrix_.total() == 0) return {};
    return {{"accuracy", matrix_.accuracy()},
            {"f1", matrix_.classes() == 2 ? matrix_.f1(1) : matrix_.f1_macro()},
            {"matthews_correlation", matrix_.matthews_correlation()},
            {"records", static_cast<double>(matrix_.total())}};
  }
  std::vector<Json> answers() override { return std::move(answers_); }

 private:
  Json answer(size_t example, std::span<const float> scores) const {
    const std::vector<double> shares = probabilities(scores);
    const size_t best = most_likely(scores);
    Json answer = batches_.records()[example];
    answer.set("label", names_[best]);
    answer.set("class", static_cast<int64_t>(best));
    Json::Array all(shares.begin(), shares.end());
    answer.set("probabilities", std::move(all));
    return answer;
  }

  const ClassifiedBatches& batches_;
  const std::vector<std::string>& names_;
  metrics::ConfusionMatrix matrix_;
  std::vector<Json> answers_;
};

class SequenceClassification : public Task {
 public:
  explicit SequenceClassification(const Pipeline& pipeline)
      : dataset_(*pipeline.dataset), task_(pipeline.task), names_(class_names(pipeline)) {}

  std::string model_task() const override { return "sequence_classification"; }
  std::vector<std::string> classes() const override { return names_; }

  std::vector<data::Symbols> shapes(int64_t rows) const override {
    return example_shapes(rows, dataset_.sequence);
  }

  std::unique_ptr<data::Batches> open(const Sources& sources, const std::string& split,
                                      const Reading& reading) const override {
    const auto dataset = open_records(sources, dataset_, split);
    if (!dataset) return nullptr;
    std::vector<Example> examples;
    std::vector<Json> answers;
    components::Record record;
    while (dataset->next_record(record)) {
      examples.push_back(encode(sources.tokenizer, record, reading.answers));
      answers.push_back(begin_answer(record));
    }
    return std::make_unique<ClassifiedBatches>(
        std::move(examples), ExampleLabels{.ends = {{"labels", "loss"}}}, reading,
        special_tokens(sources.tokenizer).padding, shapes(reading.rows), std::move(answers));
  }

  std::unique_ptr<Scores> scores(const data::Batches& batches) const override {
    return std::make_unique<ClassificationScores>(ClassifiedBatches::of(batches), names_);
  }

 private:
  Example encode(const components::Tokenizer& tokenizer, const components::Record& record,
                 bool unlabelled) const {
    const std::string text = record.text(task_.text);
    std::optional<std::string> second;
    if (!task_.second_text.empty()) second = record.text(task_.second_text);
    const ConfigTree* label = record.find(task_.label);
    if (label == nullptr && !unlabelled) record.fail("there is no field `" + task_.label + "`");
    components::EncodeOptions options;
    options.max_length = static_cast<uint64_t>(dataset_.sequence);
    auto encodings = tokenizer.encode_texts(
        text, second ? std::optional<std::string_view>(*second) : std::nullopt, options);
    return {std::move(encodings.front().ids),
            std::move(encodings.front().type_ids),
            {label == nullptr ? data::kIgnoredLabel : class_of(record, *label, names_)}};
  }

  DatasetSection dataset_;
  TaskSection task_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Task> sequence_classification(const Pipeline& pipeline) {
  return std::make_unique<SequenceClassification>(pipeline);
}

}  // namespace lmos::tasks
