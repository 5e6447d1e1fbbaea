#include <algorithm>
#include <numeric>

#include "data/data_order.h"
#include "errors/error.h"
#include "tasks/end_of_text.h"
#include "tasks/example_packing.h"
#include "tasks/kinds.h"
#include "tasks/perplexity_scores.h"
#include "tasks/template_text.h"

namespace lmos::tasks {
namespace {

// A prompt with its completion; labels of the prompt do not count.
struct PackedExample {
  std::vector<int32_t> ids;
  int64_t prompt = 0;  // tokens

  // The last token is predicted and not read.
  int64_t length() const { return std::ssize(ids) - 1; }
};

std::vector<int64_t> lengths_of(const std::vector<PackedExample>& examples) {
  std::vector<int64_t> lengths;
  for (const PackedExample& example : examples) lengths.push_back(example.length());
  return lengths;
}

data::DataOrderOptions order_of(const Reading& reading, int64_t sequence) {
  return {reading.in_order ? data::Sampling::kInOrder : data::Sampling::kEpochs, reading.seed,
          sequence, reading.rows * reading.micro_batches};
}

// Examples packed into rows. Each is a segment of its own with positions from 0.
class PackedExamples : public data::Batches {
 public:
  PackedExamples(std::vector<PackedExample> examples, int64_t sequence, const Reading& reading,
                 std::vector<data::Symbols> shapes)
      : examples_(std::move(examples)),
        rows_(pack(lengths_of(examples_), sequence)),
        sequence_(sequence),
        reading_(reading),
        shapes_(std::move(shapes)),
        // Rows are ordered as the sequences of a stream of as many are.
        order_(rows_.size() * static_cast<uint64_t>(sequence) + 1, order_of(reading, sequence)) {}

  const std::vector<data::Symbols>& shapes() const override { return shapes_; }
  int64_t micro_batches() const override { return reading_.micro_batches; }
  uint64_t steps() const override {
    const auto batch = static_cast<uint64_t>(order_.options().batch);
    return (rows_.size() + batch - 1) / batch;
  }
  size_t rows() const { return rows_.size(); }

  void fill(uint64_t step, int64_t micro, data::Batch& batch) const override {
    batch.shape = 0;
    batch.tokens = 0;
    const auto size = static_cast<size_t>(reading_.rows * sequence_);
    for (const char* name : {"input_ids", "positions", "segments"})
      batch.inputs[name].assign(size, 0);
    batch.inputs["labels"].assign(size, data::kIgnoredLabel);
    for (int64_t row = 0; row < reading_.rows; ++row) {
      const auto first = order_.first_token(step, micro * reading_.rows + row);
      if (first) fill_row(rows_[*first / static_cast<uint64_t>(sequence_)], row, batch);
    }
    batch.counted["loss"] = data::count_labels(batch.inputs["labels"]);
  }

 private:
  void fill_row(const std::vector<size_t>& examples, int64_t row, data::Batch& batch) const {
    const int64_t begin = row * sequence_, end = begin + sequence_;
    auto* segments = batch.inputs["segments"].data();
    auto* positions = batch.inputs["positions"].data();
    int64_t at = begin;
    int32_t segment = 0;
    for (const size_t index : examples) {
      const PackedExample& example = examples_[index];
      const int64_t length = example.length();
      std::copy_n(example.ids.begin(), length, batch.inputs["input_ids"].begin() + at);
      std::copy(example.ids.begin() + example.prompt, example.ids.end(),
                batch.inputs["labels"].begin() + at + example.prompt - 1);
      std::fill_n(segments + at, length, segment++);
      std::iota(positions + at, positions + at + length, 0);
      batch.tokens += length;
      at += length;
    }
    std::fill(segments + at, segments + end, segment);
    std::iota(positions + at, positions + end, 0);
  }

  std::vector<PackedExample> examples_;
  std::vector<std::vector<size_t>> rows_;  // of places in examples_
  int64_t sequence_;
  Reading reading_;
  std::vector<data::Symbols> shapes_;
  data::DataOrder order_;
};

std::vector<TextTemplate> templates(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

class Instruction : public Task {
 public:
  explicit Instruction(const Pipeline& pipeline)
      : dataset_(*pipeline.dataset),
        prompts_(templates(pipeline.task.prompt)),
        completions_(templates(pipeline.task.completion)) {}

  std::string model_task() const override { return "causal_lm"; }

  std::vector<data::Symbols> shapes(int64_t rows) const override {
    return {{{"tokens", rows * dataset_.sequence}, {"sequence", dataset_.sequence}}};
  }

  std::unique_ptr<data::Batches> open(const Sources& sources, const std::string& split,
                                      const Reading& reading) const override {
    const auto dataset = sources.catalogue.open_dataset(dataset_, split);
    if (!dataset) return nullptr;
    if (!dataset->has_records())
      throw Error(ErrorKind::kConfiguration,
                  "task.kind: instruction needs records with fields, which dataset.plugin `" +
                      dataset_.plugin + "` does not give; use `records`");
    std::vector<PackedExample> examples;
    int64_t too_long = 0;
    for (components::Record record; dataset->next_record(record);) {
      PackedExample example = encode(sources.tokenizer, record);
      if (example.prompt > dataset_.sequence)
        ++too_long;
      else
        examples.push_back(std::move(example));
    }
    if (examples.empty())
      throw Error(ErrorKind::kInput, "every prompt is longer than dataset.sequence, " +
                                         std::to_string(dataset_.sequence) + " tokens");
    const std::string count = std::to_string(examples.size());
    auto batches = std::make_unique<PackedExamples>(std::move(examples), dataset_.sequence, reading,
                                                    shapes(reading.rows));
    sources.note(split + ": " + count + " examples in " + std::to_string(batches->rows()) +
                 " sequences" +
                 (too_long == 0 ? ""
                                : "; " + std::to_string(too_long) +
                                      " are left out, because their prompts fill a sequence"));
    return batches;
  }

  std::unique_ptr<Scores> scores(const data::Batches&) const override {
    return perplexity_scores();
  }

 private:
  // A long completion is cut, and then has no end.
  PackedExample encode(const components::Tokenizer& tokenizer,
                       const components::Record& record) const {
    const std::string prompt = fill_first(prompts_, record, "prompt");
    const std::string completion = fill_first(completions_, record, "completion");
    PackedExample example{tokenizer.encode(prompt + completion, true), 0};
    example.prompt = std::max<int64_t>(1, std::ssize(tokenizer.encode(prompt, true)));
    if (const int32_t end = end_of_text_id(tokenizer); end >= 0) example.ids.push_back(end);
    const auto most = static_cast<size_t>(dataset_.sequence + 1);
    if (example.ids.size() > most) example.ids.resize(most);
    // A tokenizer may merge all of a short completion into the prompt's last token.
    if (example.prompt >= std::ssize(example.ids) && example.ids.size() < most)
      example.prompt = std::ssize(example.ids) - 1;
    if (example.prompt < 1) record.fail("the prompt and its completion are a single token");
    return example;
  }

  DatasetSection dataset_;
  std::vector<TextTemplate> prompts_, completions_;
};

}  // namespace

std::unique_ptr<Task> instruction(const Pipeline& pipeline) {
  return std::make_unique<Instruction>(pipeline);
}

}  // namespace lmos::tasks
