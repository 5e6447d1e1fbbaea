#include <cmath>

#include "data/permutation.h"
#include "data/sentence_pairs.h"
#include "data/token_masking.h"
#include "errors/error.h"
#include "tasks/encoder_rows.h"
#include "tasks/kinds.h"
#include "tasks/special_tokens.h"
#include "tasks/tokenized_text.h"

namespace lmos::tasks {
namespace {

constexpr const char* kMaskedLoss = "loss.masked_lm";
constexpr const char* kSentenceLoss = "loss.next_sentence";
constexpr int64_t kSpecialTokens = 3;  // [CLS] first [SEP] second [SEP]
constexpr uint32_t kOrderSite = 0x70726574, kMaskSite = 0x6d61736b;

struct Layout {
  int64_t rows, sequence;
  // Places for hidden tokens in a row: as many as a full row has.
  int64_t hidden;
};

class PairBatches : public data::Batches {
 public:
  PairBatches(data::SentencePairs pairs, const Layout& layout, const Reading& reading,
              const SpecialTokens& special, const data::MaskingOptions& masking,
              std::vector<bool> continues, std::vector<data::Symbols> shapes)
      : pairs_(std::move(pairs)),
        layout_(layout),
        reading_(reading),
        special_(special),
        masking_(masking),
        continues_(std::move(continues)),
        shapes_(std::move(shapes)) {
    if (masking_.continues != nullptr) masking_.continues = &continues_;
  }

  const std::vector<data::Symbols>& shapes() const override { return shapes_; }
  int64_t micro_batches() const override { return reading_.micro_batches; }
  uint64_t steps() const override {
    const auto rows = static_cast<uint64_t>(layout_.rows * reading_.micro_batches);
    return (pairs_.size() + rows - 1) / rows;
  }

  void fill(uint64_t step, int64_t micro, data::Batch& batch) const override {
    begin_rows(batch, layout_.rows, layout_.sequence, special_.padding);
    batch.shape = 0;
    const auto hidden = static_cast<size_t>(layout_.rows * layout_.hidden);
    batch.inputs["rows"].assign(hidden, 0);
    batch.inputs["labels"].assign(hidden, data::kIgnoredLabel);
    batch.inputs["next_sentence_labels"].assign(static_cast<size_t>(layout_.rows),
                                                data::kIgnoredLabel);
    batch.counted = {{kMaskedLoss, 0}, {kSentenceLoss, 0}};
    const auto batch_rows = static_cast<uint64_t>(layout_.rows * reading_.micro_batches);
    for (int64_t row = 0; row < layout_.rows; ++row) {
      const uint64_t index = step * batch_rows + static_cast<uint64_t>(micro * layout_.rows + row);
      if (!reading_.in_order || index < pairs_.size()) fill_row(index, row, batch);
    }
  }

 private:
  // Row `index` of all steps. An epoch shuffles the pairs, and parts and masks them, anew.
  void fill_row(uint64_t index, int64_t row, data::Batch& batch) const {
    uint64_t pair_index = index;
    if (!reading_.in_order) {
      const uint64_t epoch = index / pairs_.size();
      random::Draws key(reading_.seed, epoch, kOrderSite);
      const uint64_t low = key.word();
      const data::Permutation shuffled(pairs_.size(), uint64_t{key.word()} << 32 | low);
      pair_index = shuffled(index % pairs_.size());
    }
    const data::SentencePair pair = pairs_.pair(pair_index, reading_.seed, index);
    std::vector<int32_t> ids = {special_.begin}, types, places;
    for (const auto* text : {&pair.first, &pair.second}) {
      for (const int32_t id : *text) {
        places.push_back(static_cast<int32_t>(ids.size()));
        ids.push_back(id);
      }
      ids.push_back(special_.separator);
      types.resize(ids.size(), text == &pair.first ? 0 : 1);
    }
    const std::vector<int32_t> original = ids;
    random::Draws draws(reading_.seed, index, kMaskSite);
    const auto chosen = data::hide_tokens(ids, places, layout_.hidden, masking_, draws);
    set_row(batch, row, layout_.sequence, ids, types);
    auto slot = static_cast<size_t>(row * layout_.hidden);
    for (const int32_t place : chosen) {
      batch.inputs["rows"][slot] = static_cast<int32_t>(row * layout_.sequence) + place;
      batch.inputs["labels"][slot++] = original[place];
    }
    batch.inputs["next_sentence_labels"][row] = pair.follows ? 0 : 1;
    batch.counted[kMaskedLoss] += static_cast<int64_t>(chosen.size());
    batch.counted[kSentenceLoss] += 1;
  }

  data::SentencePairs pairs_;
  Layout layout_;
  Reading reading_;
  SpecialTokens special_;
  data::MaskingOptions masking_;
  std::vector<bool> continues_;
  std::vector<data::Symbols> shapes_;
};

class PretrainingScores : public Scores {
 public:
  void add(const data::Batch& batch, const Predictions& predictions) override {
    const auto& labels = batch.inputs.find("next_sentence_labels")->second;
    const auto& logits = predictions.find("next_sentence_logits")->second;
    for (size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == data::kIgnoredLabel) continue;
      ++judged_;
      right_ += (logits[2 * i + 1] > logits[2 * i]) == (labels[i] == 1);
    }
  }
  std::vector<Metric> results(const Losses& losses) const override {
    const double masked = losses.by_output.at(kMaskedLoss).mean();
    return {{"masked_lm_loss", masked},
            {"masked_lm_perplexity", std::exp(masked)},
            {"next_sentence_loss", losses.by_output.at(kSentenceLoss).mean()},
            {"next_sentence_accuracy",
             judged_ == 0 ? 0 : static_cast<double>(right_) / static_cast<double>(judged_)}};
  }

 private:
  int64_t judged_ = 0, right_ = 0;
};

class Pretraining : public Task {
 public:
  Pretraining(const DatasetSection& dataset, const TaskSection& task)
      : dataset_(dataset), task_(task) {
    if (dataset_.sequence < 16)
      throw Error(ErrorKind::kConfiguration, "dataset.sequence is " +
                                                 std::to_string(dataset_.sequence) +
                                                 "; pairs of texts need at least 16 tokens");
  }

  std::string model_task() const override { return "pretraining"; }

  std::vector<data::Symbols> shapes(int64_t rows) const override {
    data::Symbols shape = encoder_shape(rows, dataset_.sequence);
    shape["rows"] = rows * hidden();
    return {shape};
  }

  std::unique_ptr<data::Batches> open(const Sources& sources, const std::string& split,
                                      const Reading& reading) const override {
    const SpecialTokens special = special_tokens(sources.tokenizer);
    auto stream = tokenized_sentences(sources, dataset_, split, special.begin);
    if (!stream) return nullptr;
    std::vector<bool> continues;
    if (task_.whole_words) continues = word_continuations(sources.tokenizer);
    const data::MaskingOptions masking{task_.masking, task_.whole_words ? &continues : nullptr,
                                       special.mask,
                                       static_cast<int32_t>(sources.tokenizer.vocab_size())};
    return std::make_unique<PairBatches>(
        data::SentencePairs(std::move(stream), special.begin, dataset_.sequence - kSpecialTokens),
        Layout{reading.rows, dataset_.sequence, hidden()}, reading, special, masking,
        std::move(continues), shapes(reading.rows));
  }

  std::unique_ptr<Scores> scores(const data::Batches&) const override {
    return std::make_unique<PretrainingScores>();
  }

 private:
  int64_t hidden() const {
    const auto tokens = static_cast<double>(dataset_.sequence - kSpecialTokens);
    return std::max<int64_t>(1, std::llround(task_.masking * tokens));
  }

  DatasetSection dataset_;
  TaskSection task_;
};

}  // namespace

std::unique_ptr<Task> pretraining(const Pipeline& pipeline) {
  return std::make_unique<Pretraining>(*pipeline.dataset, pipeline.task);
}

}  // namespace lmos::tasks
