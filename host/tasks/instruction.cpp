#include <algorithm>
#include <numeric>

#include "conversation/chat_format.h"
#include "data/data_order.h"
#include "errors/error.h"
#include "pipeline/json_tree.h"
#include "tasks/chat_settings.h"
#include "tasks/end_of_text.h"
#include "tasks/example_packing.h"
#include "tasks/kinds.h"
#include "tasks/perplexity_scores.h"
#include "tasks/template_text.h"

namespace lmos::tasks {
namespace {

// A prompt with its completion, or a conversation.
struct PackedExample {
  std::vector<int32_t> ids;
  std::vector<uint8_t> written;  // by id: 1 where it counts in the loss

  // The last token is predicted and not read.
  int64_t length() const { return std::ssize(ids) - 1; }
  // Tokens before the first that is predicted and counts; all, where none does.
  int64_t prompt() const {
    return std::distance(written.begin(),
                         std::find(written.begin() + 1, written.end(), uint8_t{1}));
  }
  void shorten(size_t most) {
    if (ids.size() <= most) return;
    ids.resize(most);
    written.resize(most);
  }
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
      for (int64_t i = 1; i <= length; ++i)
        if (example.written[static_cast<size_t>(i)] != 0)
          batch.inputs["labels"][static_cast<size_t>(at + i - 1)] =
              example.ids[static_cast<size_t>(i)];
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

// The messages as templates read them, and whether each counts.
struct Messages {
  Json::Array messages;
  std::vector<bool> counts;
};

Messages read_messages(const components::Record& record, const std::string& field) {
  const Json value = json_from_config_tree(*record.find(field));
  const std::string place = record.place() + ": `" + field + "`";
  Messages result;
  bool counts_any = false;
  for (const Json& message : value.as_array(place)) {
    const std::string where = place + "[" + std::to_string(result.messages.size()) + "]";
    const auto fail = [&](const char* why) { throw Error(ErrorKind::kInput, where + ": " + why); };
    message.as_object(where);
    if (message.find("tool_calls") != nullptr) fail("calls of tools can't be learned");
    const std::string& role = message.at("role", where).as_string(where + ": `role`");
    if (role.empty()) fail("`role` is empty");
    message.at("content", where).as_string(where + ": `content`");
    bool counts = role == "assistant";
    Json shown = Json::Object();
    for (const JsonMember& member : message.as_object(where)) {
      if (member.key != "weight") {
        shown.set(member.key, member.value);
        continue;
      }
      const int64_t weight = member.value.as_int64(where + ": `weight`");
      if (weight != 0 && weight != 1) fail("`weight` must be 0 or 1");
      counts = counts && weight == 1;
    }
    counts_any = counts_any || counts;
    result.messages.push_back(std::move(shown));
    result.counts.push_back(counts);
  }
  if (!counts_any) record.fail("no message of the assistant's counts in its `" + field + "`");
  return result;
}

std::vector<TextTemplate> templates(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

class Instruction : public Task {
 public:
  explicit Instruction(const Pipeline& pipeline)
      : pipeline_(pipeline),
        dataset_(*pipeline.dataset),
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
    Chats chats(*this, sources.tokenizer);
    std::vector<PackedExample> examples;
    int64_t too_long = 0;
    for (components::Record record; dataset->next_record(record);) {
      PackedExample example = encode(sources.tokenizer, chats, record);
      if (example.prompt() > dataset_.sequence)
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

  std::vector<int32_t> end_ids(const components::Tokenizer& tokenizer) const override {
    std::optional<int32_t> end;
    try {
      end = chat_format(tokenizer)->turn_end_id();
    } catch (const Error&) {
      // A template that can't be used matters to conversations only, and open() told of it.
    }
    return end ? std::vector{*end} : std::vector<int32_t>();
  }

 private:
  std::unique_ptr<conversation::ChatFormat> chat_format(
      const components::Tokenizer& tokenizer) const {
    const std::filesystem::path place =
        pipeline_.tokenizer ? pipeline_.tokenizer->path : pipeline_.model.path;
    return std::make_unique<conversation::ChatFormat>(
        conversation::templates_of(chat_settings(pipeline_, tokenizer), place), tokenizer);
  }

  // The format of conversations, made when the first comes.
  class Chats {
   public:
    Chats(const Instruction& task, const components::Tokenizer& tokenizer)
        : task_(task), tokenizer_(tokenizer) {}

    const conversation::ChatFormat& format(const components::Record& record) {
      if (!format_) format_ = task_.chat_format(tokenizer_);
      if (!format_->usable())
        record.fail("`" + task_.pipeline_.task.messages +
                    "` need a chat template, and the model has none; set task.chat_template");
      return *format_;
    }

   private:
    const Instruction& task_;
    const components::Tokenizer& tokenizer_;
    std::unique_ptr<conversation::ChatFormat> format_;
  };

  // A long conversation is cut.
  PackedExample conversation(const components::Tokenizer& tokenizer,
                             const conversation::ChatFormat& format,
                             const components::Record& record) const {
    const Messages messages = read_messages(record, pipeline_.task.messages);
    try {
      auto [ids, written, end] = format.learn(messages.messages, messages.counts);
      PackedExample example{std::move(ids), std::move(written)};
      // Where the template writes no end of an answer, the end of the text is one.
      const int32_t text_end = end_of_text_id(tokenizer);
      if (!end && text_end >= 0 && messages.counts.back()) {
        example.ids.push_back(text_end);
        example.written.push_back(1);
      }
      if (example.ids.size() < 2 || example.prompt() == std::ssize(example.ids))
        record.fail("no token that counts follows another");
      example.shorten(static_cast<size_t>(dataset_.sequence + 1));
      return example;
    } catch (const Error& error) {
      if (std::string_view(error.what()).starts_with(record.place())) throw;
      record.fail(error.what());
    }
  }

  PackedExample encode(const components::Tokenizer& tokenizer, Chats& chats,
                       const components::Record& record) const {
    if (record.find(pipeline_.task.messages) != nullptr)
      return conversation(tokenizer, chats.format(record), record);
    return completion(tokenizer, record);
  }

  // A long completion is cut, and then has no end.
  PackedExample completion(const components::Tokenizer& tokenizer,
                           const components::Record& record) const {
    const std::string prompt = fill_first(prompts_, record, "prompt");
    const std::string completion = fill_first(completions_, record, "completion");
    PackedExample example{tokenizer.encode(prompt + completion, true), {}};
    int64_t first = std::max<int64_t>(1, std::ssize(tokenizer.encode(prompt, true)));
    if (const int32_t end = end_of_text_id(tokenizer); end >= 0) example.ids.push_back(end);
    const auto most = static_cast<size_t>(dataset_.sequence + 1);
    if (example.ids.size() > most) example.ids.resize(most);
    example.written.assign(example.ids.size(), 0);
    // A tokenizer may merge all of a short completion into the prompt's last token.
    if (first >= std::ssize(example.ids) && example.ids.size() < most)
      first = std::ssize(example.ids) - 1;
    if (first < 1) record.fail("the prompt and its completion are a single token");
    for (size_t i = static_cast<size_t>(first); i < example.written.size(); ++i)
      example.written[i] = 1;
    return example;
  }

  Pipeline pipeline_;
  DatasetSection dataset_;
  std::vector<TextTemplate> prompts_, completions_;
};

}  // namespace

std::unique_ptr<Task> instruction(const Pipeline& pipeline) {
  return std::make_unique<Instruction>(pipeline);
}

}  // namespace lmos::tasks
