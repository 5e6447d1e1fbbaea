#include <algorithm>
#include <optional>

#include "data/length_order.h"
#include "errors/error.h"
#include "metrics/confusion_matrix.h"
#include "tasks/encoder_rows.h"
#include "tasks/kinds.h"
#include "tasks/special_tokens.h"

namespace lmos::tasks {
namespace {

constexpr const char* kLoss = "loss";

struct Example {
  std::vector<int32_t> ids, types;
  int32_t label;
};

// Lengths that batches are padded to: quarters of the longest, in eights.
std::vector<int64_t> padded_lengths(int64_t sequence) {
  std::vector<int64_t> lengths;
  for (int64_t quarter = 1; quarter <= 4; ++quarter) {
    const int64_t length = std::min(sequence, (sequence * quarter / 4 + 7) / 8 * 8);
    if (length > 0 && (lengths.empty() || length > lengths.back())) lengths.push_back(length);
  }
  return lengths;
}

std::vector<int64_t> lengths_of(const std::vector<Example>& examples) {
  std::vector<int64_t> lengths;
  for (const Example& example : examples)
    lengths.push_back(static_cast<int64_t>(example.ids.size()));
  return lengths;
}

// Examples of like length share a batch, which is padded to the longest of them.
class ExampleBatches : public data::Batches {
 public:
  ExampleBatches(std::vector<Example> examples, const Reading& reading, int32_t padding,
                 std::vector<data::Symbols> shapes)
      : examples_(std::move(examples)),
        reading_(reading),
        padding_(padding),
        shapes_(std::move(shapes)),
        order_(lengths_of(examples_), batch_rows(), reading.seed) {
    if (!reading.in_order && order_.steps() == 0)
      throw Error(ErrorKind::kInput, "the data set has " + std::to_string(examples_.size()) +
                                         " records, fewer than one batch of " +
                                         std::to_string(batch_rows()));
  }

  const std::vector<data::Symbols>& shapes() const override { return shapes_; }
  int64_t micro_batches() const override { return reading_.micro_batches; }
  uint64_t steps() const override {
    const auto rows = static_cast<uint64_t>(batch_rows());
    return reading_.in_order ? (examples_.size() + rows - 1) / rows : order_.steps();
  }

  void fill(uint64_t step, int64_t micro, data::Batch& batch) const override {
    const std::vector<const Example*> rows = examples(step, micro);
    size_t longest = 1;
    for (const Example* example : rows) longest = std::max(longest, example->ids.size());
    batch.shape = shape_for(static_cast<int64_t>(longest));
    const int64_t sequence = shapes_[batch.shape].find("sequence")->second;
    begin_rows(batch, reading_.rows, sequence, padding_);
    auto& labels = batch.inputs["labels"];
    labels.assign(static_cast<size_t>(reading_.rows), data::kIgnoredLabel);
    for (size_t row = 0; row < rows.size(); ++row) {
      set_row(batch, static_cast<int64_t>(row), sequence, rows[row]->ids, rows[row]->types);
      labels[row] = rows[row]->label;
    }
    batch.counted[kLoss] = static_cast<int64_t>(rows.size());
  }

 private:
  int64_t batch_rows() const { return reading_.rows * reading_.micro_batches; }

  // Fewer than reading_.rows past the end.
  std::vector<const Example*> examples(uint64_t step, int64_t micro) const {
    std::vector<const Example*> rows;
    const auto first = static_cast<uint64_t>(micro * reading_.rows);
    const auto count = static_cast<uint64_t>(reading_.rows);
    if (reading_.in_order) {
      const uint64_t begin = step * static_cast<uint64_t>(batch_rows()) + first;
      for (uint64_t i = begin; i < begin + count && i < examples_.size(); ++i)
        rows.push_back(&examples_[i]);
    } else {
      const std::vector<uint64_t> all = order_.examples(step);
      for (uint64_t i = first; i < first + count; ++i) rows.push_back(&examples_[all[i]]);
    }
    return rows;
  }

  size_t shape_for(int64_t length) const {
    size_t shape = 0;
    while (shapes_[shape].find("sequence")->second < length) ++shape;
    return shape;
  }

  std::vector<Example> examples_;
  Reading reading_;
  int32_t padding_;
  std::vector<data::Symbols> shapes_;
  data::LengthOrder order_;
};

class ClassificationScores : public Scores {
 public:
  explicit ClassificationScores(int64_t classes) : matrix_(classes) {}

  void add(const data::Batch& batch, const Predictions& predictions) override {
    const auto& labels = batch.inputs.find("labels")->second;
    const auto& logits = predictions.find("logits")->second;
    const int64_t classes = matrix_.classes();
    for (size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == data::kIgnoredLabel) continue;
      const auto row = logits.begin() + static_cast<int64_t>(i) * classes;
      matrix_.add(labels[i], std::max_element(row, row + classes) - row);
    }
  }
  std::vector<Metric> results(const Losses&) const override {
    return {{"accuracy", matrix_.accuracy()},
            {"f1", matrix_.classes() == 2 ? matrix_.f1(1) : matrix_.f1_macro()},
            {"matthews_correlation", matrix_.matthews_correlation()},
            {"records", static_cast<double>(matrix_.total())}};
  }

 private:
  metrics::ConfusionMatrix matrix_;
};

class SequenceClassification : public Task {
 public:
  SequenceClassification(const DatasetSection& dataset, const TaskSection& task)
      : dataset_(dataset), task_(task) {}

  std::string model_task() const override { return "sequence_classification"; }
  int64_t classes() const override { return task_.classes; }

  std::vector<data::Symbols> shapes(int64_t rows) const override {
    std::vector<data::Symbols> shapes;
    for (const int64_t length : padded_lengths(dataset_.sequence))
      shapes.push_back(encoder_shape(rows, length));
    return shapes;
  }

  std::unique_ptr<data::Batches> open(const Sources& sources, const std::string& split,
                                      const Reading& reading) const override {
    const auto dataset = sources.catalogue.open_dataset(dataset_, split);
    if (!dataset) return nullptr;
    if (!dataset->has_records())
      throw Error(ErrorKind::kConfiguration,
                  "the data set gives text without fields, and a classification needs records: "
                  "use dataset: {plugin: records}");
    std::vector<Example> examples;
    components::Record record;
    while (dataset->next_record(record)) examples.push_back(encode(sources.tokenizer, record));
    if (examples.empty()) throw Error(ErrorKind::kInput, "the data set holds no record");
    return std::make_unique<ExampleBatches>(std::move(examples), reading,
                                            special_tokens(sources.tokenizer).padding,
                                            shapes(reading.rows));
  }

  std::unique_ptr<Scores> scores() const override {
    return std::make_unique<ClassificationScores>(task_.classes);
  }

 private:
  Example encode(const components::Tokenizer& tokenizer, const components::Record& record) const {
    const std::string text = record.text(task_.text);
    std::optional<std::string> second;
    if (!task_.second_text.empty()) second = record.text(task_.second_text);
    const int64_t label = record.integer(task_.label);
    if (label < 0 || label >= task_.classes)
      record.fail("the class in `" + task_.label + "` is " + std::to_string(label) +
                  "; task.classes allows 0 to " + std::to_string(task_.classes - 1));
    components::EncodeOptions options;
    options.max_length = static_cast<uint64_t>(dataset_.sequence);
    auto encodings = tokenizer.encode_texts(
        text, second ? std::optional<std::string_view>(*second) : std::nullopt, options);
    return {std::move(encodings.front().ids), std::move(encodings.front().type_ids),
            static_cast<int32_t>(label)};
  }

  DatasetSection dataset_;
  TaskSection task_;
};

}  // namespace

std::unique_ptr<Task> sequence_classification(const Pipeline& pipeline) {
  return std::make_unique<SequenceClassification>(*pipeline.dataset, pipeline.task);
}

}  // namespace lmos::tasks
