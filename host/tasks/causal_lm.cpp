#include "data/batch_source.h"
#include "tasks/kinds.h"
#include "tasks/perplexity_scores.h"
#include "tasks/tokenized_text.h"

namespace lmos::tasks {
namespace {

constexpr const char* kLoss = "loss";

class PackedBatches : public data::Batches {
 public:
  PackedBatches(std::shared_ptr<const data::TokenStream> stream,
                const data::DataOrderOptions& order, bool isolate_documents,
                std::vector<data::Symbols> shapes, const Reading& reading)
      : source_(std::move(stream), order, isolate_documents),
        shapes_(std::move(shapes)),
        reading_(reading) {}

  const std::vector<data::Symbols>& shapes() const override { return shapes_; }
  int64_t micro_batches() const override { return reading_.micro_batches; }
  uint64_t steps() const override { return source_.steps(); }
  double label_bytes(uint64_t step) const override { return source_.label_bytes(step); }

  void fill(uint64_t step, int64_t micro, data::Batch& batch) const override {
    const int64_t tokens = shapes_[0].find("tokens")->second;
    const auto memory = [&](const char* input) {
      auto& values = batch.inputs[input];
      values.resize(static_cast<size_t>(tokens));
      return values.data();
    };
    source_.fill(step, micro * reading_.rows, reading_.rows,
                 {memory("input_ids"), memory("positions"), memory("segments"), memory("labels")});
    batch.shape = 0;
    batch.tokens = tokens;
    batch.counted[kLoss] = data::count_labels(batch.inputs["labels"]);
  }

 private:
  data::BatchSource source_;
  std::vector<data::Symbols> shapes_;
  Reading reading_;
};

class CausalLm : public Task {
 public:
  explicit CausalLm(const DatasetSection& dataset) : dataset_(dataset) {}

  std::string model_task() const override { return "causal_lm"; }

  std::vector<data::Symbols> shapes(int64_t rows) const override {
    return {{{"tokens", rows * dataset_.sequence}, {"sequence", dataset_.sequence}}};
  }

  std::unique_ptr<data::Batches> open(const Sources& sources, const std::string& split,
                                      const Reading& reading) const override {
    auto stream = tokenized_text(sources, dataset_, split);
    if (!stream) return nullptr;
    const data::DataOrderOptions order{sampling(reading), reading.seed, dataset_.sequence,
                                       reading.rows * reading.micro_batches};
    return std::make_unique<PackedBatches>(std::move(stream), order, dataset_.isolate_documents,
                                           shapes(reading.rows), reading);
  }

  std::unique_ptr<Scores> scores(const data::Batches&) const override {
    return perplexity_scores();
  }

 private:
  data::Sampling sampling(const Reading& reading) const {
    if (reading.in_order) return data::Sampling::kInOrder;
    return dataset_.sampling == SamplingKind::kRandomWindows ? data::Sampling::kRandomWindows
                                                             : data::Sampling::kEpochs;
  }

  DatasetSection dataset_;
};

}  // namespace

std::unique_ptr<Task> causal_lm(const Pipeline& pipeline) {
  return std::make_unique<CausalLm>(*pipeline.dataset);
}

}  // namespace lmos::tasks
