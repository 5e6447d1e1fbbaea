#include <algorithm>

#include "metrics/confusion_matrix.h"
#include "metrics/entities.h"
#include "tasks/class_names.h"
#include "tasks/kinds.h"
#include "tasks/record_task.h"
#include "tasks/special_tokens.h"

namespace lmos::tasks {
namespace {

constexpr size_t kNoToken = SIZE_MAX;

struct TaggedRecord {
  Json answer;                // its beginning
  std::vector<size_t> first;  // of each word, its first token; kNoToken where truncation took it
};
using TaggedBatches = RecordBatches<TaggedRecord>;

class TagScores : public Scores {
 public:
  TagScores(const TaggedBatches& batches, const std::vector<std::string>& names)
      : batches_(batches), names_(names), matrix_(std::ssize(names)) {}

  void add(const data::Batch& batch, const Predictions& outputs) override {
    const std::span<const float> logits = outputs.find("logits")->second;
    const size_t sequence = batch.inputs.find("labels")->second.size() /
                            batch.inputs.find("first_tokens")->second.size();
    for (size_t row = 0; row < batch.examples.size(); ++row)
      add_row(batch.examples[row],
              logits.subspan(row * sequence * names_.size(), sequence * names_.size()));
  }

  std::vector<Metric> results(const Losses&) const override {
    if (matrix_.total() == 0) return {};
    return {{"accuracy", matrix_.accuracy()},
            {"precision", entities_.precision()},
            {"recall", entities_.recall()},
            {"f1", entities_.f1()},
            {"words", static_cast<double>(matrix_.total())}};
  }
  std::vector<Json> answers() override { return std::move(answers_); }

 private:
  void add_row(size_t example, std::span<const float> logits) {
    const TaggedRecord& record = batches_.records()[example];
    const std::vector<int32_t>& labels = batches_.examples()[example].labels;
    std::vector<std::string> truth, predicted;
    Json::Array tags;
    for (const size_t token : record.first) {
      if (token == kNoToken) {
        tags.emplace_back(nullptr);
        continue;
      }
      const size_t best = most_likely(logits.subspan(token * names_.size(), names_.size()));
      tags.emplace_back(names_[best]);
      if (labels[token] == data::kIgnoredLabel) continue;
      matrix_.add(labels[token], static_cast<int64_t>(best));
      truth.push_back(names_[static_cast<size_t>(labels[token])]);
      predicted.push_back(names_[best]);
    }
    entities_.add(truth, predicted);
    if (!batches_.reading().answers) return;
    Json answer = record.answer;
    answer.set("tags", std::move(tags));
    answers_.push_back(std::move(answer));
  }

  const TaggedBatches& batches_;
  const std::vector<std::string>& names_;
  metrics::ConfusionMatrix matrix_;
  metrics::EntityScores entities_;
  std::vector<Json> answers_;
};

// The words side by side, each with the bytes that it takes.
struct JoinedWords {
  std::string text;
  std::vector<lmos_text_range> ranges;

  explicit JoinedWords(const std::vector<ConfigTree>& words, const components::Record& record) {
    for (const ConfigTree& word : words) {
      if (word.kind() != ConfigKind::kString)
        record.fail("a word must be text, not " + describe(word));
      if (!text.empty()) text += ' ';
      const uint64_t begin = text.size();
      text += word.as_string();
      ranges.push_back({begin, text.size()});
    }
  }
};

class TokenClassification : public Task {
 public:
  explicit TokenClassification(const Pipeline& pipeline)
      : dataset_(*pipeline.dataset), task_(pipeline.task), names_(class_names(pipeline)) {}

  std::string model_task() const override { return "token_classification"; }
  std::vector<std::string> classes() const override { return names_; }

  std::vector<data::Symbols> shapes(int64_t rows) const override {
    return example_shapes(rows, dataset_.sequence);
  }

  std::unique_ptr<data::Batches> open(const Sources& sources, const std::string& split,
                                      const Reading& reading) const override {
    const auto dataset = open_records(sources, dataset_, split);
    if (!dataset) return nullptr;
    std::vector<Example> examples;
    std::vector<TaggedRecord> records;
    components::Record record;
    size_t cut = 0;
    while (dataset->next_record(record)) {
      TaggedRecord tagged{begin_answer(record), {}};
      examples.push_back(encode(sources.tokenizer, record, reading.answers, tagged.first));
      cut += std::ranges::count(tagged.first, kNoToken) > 0 ? 1 : 0;
      records.push_back(std::move(tagged));
    }
    if (cut > 0)
      sources.note(std::to_string(cut) + " records of `" + split + "` have words past " +
                   std::to_string(dataset_.sequence) +
                   " tokens (dataset.sequence), which do not count");
    return std::make_unique<TaggedBatches>(
        std::move(examples), ExampleLabels{.per_token = true, .ends = {{"labels", "loss"}}},
        reading, special_tokens(sources.tokenizer).padding, shapes(reading.rows),
        std::move(records));
  }

  std::unique_ptr<Scores> scores(const data::Batches& batches) const override {
    return std::make_unique<TagScores>(TaggedBatches::of(batches), names_);
  }

 private:
  const std::vector<ConfigTree>& list(const components::Record& record,
                                      const std::string& field) const {
    const ConfigTree* value = record.find(field);
    if (value == nullptr) record.fail("there is no field `" + field + "`");
    if (!value->is_list()) record.fail("`" + field + "` must be a list, not " + describe(*value));
    return value->items();
  }

  Example encode(const components::Tokenizer& tokenizer, const components::Record& record,
                 bool unlabelled, std::vector<size_t>& first) const {
    const auto& words = list(record, task_.words);
    const JoinedWords joined(words, record);
    components::EncodeOptions options;
    options.max_length = static_cast<uint64_t>(dataset_.sequence);
    components::Encoding encoding =
        std::move(tokenizer.encode_texts(joined.text, std::nullopt, options).front());

    // A token is the word's in which it begins.
    first.assign(words.size(), kNoToken);
    size_t word = 0;
    for (size_t token = 0; token < encoding.size(); ++token) {
      if (encoding.texts[token] != 0 || encoding.special[token] != 0) continue;
      const lmos_text_range range = encoding.byte_offsets[token];
      while (word < words.size() && joined.ranges[word].end <= range.begin) ++word;
      if (word < words.size() && first[word] == kNoToken && range.end > joined.ranges[word].begin)
        first[word] = token;
    }

    Example example{std::move(encoding.ids), std::move(encoding.type_ids), {}};
    example.labels.assign(example.ids.size(), data::kIgnoredLabel);
    if (unlabelled && record.find(task_.tags) == nullptr) return example;
    const auto& tags = list(record, task_.tags);
    if (tags.size() != words.size())
      record.fail("there are " + std::to_string(words.size()) + " `" + task_.words + "` but " +
                  std::to_string(tags.size()) + " `" + task_.tags + "`");
    for (size_t i = 0; i < words.size(); ++i) {
      const int32_t label = class_of(record, tags[i], names_);
      if (first[i] != kNoToken) example.labels[first[i]] = label;
    }
    return example;
  }

  DatasetSection dataset_;
  TaskSection task_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Task> token_classification(const Pipeline& pipeline) {
  return std::make_unique<TokenClassification>(pipeline);
}

}  // namespace lmos::tasks
