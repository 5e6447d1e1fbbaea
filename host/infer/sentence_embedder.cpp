#include "infer/sentence_embedder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "components/weights.h"
#include "llmasos/model.h"
#include "runtime/compile.h"
#include "tasks/encoder_rows.h"

namespace lmos::infer {

SentenceEmbedder::SentenceEmbedder(components::Catalogue& catalogue, runtime::Device& device,
                                   const std::filesystem::path& folder,
                                   const EmbeddingOptions& options)
    : device_(device),
      options_(options),
      file_(ModelFiles(folder).open_weights()),
      stream_(device),
      weights_(device) {
  const ModelFiles files(folder);
  tokenizer_ = catalogue.open_tokenizer("", files.tokenizer_path());
  const auto model = catalogue.open_model("", files);
  context_ = model->context();
  hidden_ = model->graph(LMOS_TASK_ENCODING_HIDDEN, false, options.compute, options.compute);
  components::load_weights(weights_, stream_, hidden_, file_, options.compute, folder.string(),
                           {.share = true, .part = true});
}

runtime::Executable& SentenceEmbedder::executable(int64_t sequence) {
  if (executable_ && sequence == sequence_) return *executable_;
  executable_.reset();
  inputs_.clear();
  executable_ = runtime::compile(device_, hidden_, tasks::encoder_shape(options_.batch, sequence));
  weights_.bind_to(*executable_);
  for (const graph::ValueId input : executable_->graph().inputs) {
    inputs_.push_back(device_.allocate(executable_->graph().type(input).bytes(),
                                       runtime::MemoryCategory::kInputs));
    executable_->bind(input, inputs_.back().operand());
  }
  executable_->allocate();
  sequence_ = sequence;
  return *executable_;
}

std::vector<float> SentenceEmbedder::pooled(const float* hidden, size_t tokens,
                                            int64_t embed) const {
  std::vector<float> vector(hidden, hidden + embed);
  if (options_.pooling == Pooling::kMean) {
    for (int64_t i = 0; i < embed; ++i) {
      double sum = 0;
      for (size_t token = 0; token < tokens; ++token)
        sum += hidden[static_cast<int64_t>(token) * embed + i];
      vector[i] = static_cast<float>(sum / static_cast<double>(tokens));
    }
  }
  if (options_.normalize) {
    const double norm =
        std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
    for (float& value : vector)
      if (norm > 0) value = static_cast<float>(value / norm);
  }
  return vector;
}

void SentenceEmbedder::run(const std::vector<const Tokens*>& rows,
                           std::vector<std::vector<float>>& vectors) {
  size_t longest = 1;
  for (const Tokens* row : rows) longest = std::max(longest, row->size());
  // In eights, so that few lengths are prepared.
  const int64_t sequence = std::min(context_, (static_cast<int64_t>(longest) + 7) / 8 * 8);
  runtime::Executable& step = executable(sequence);
  data::Batch batch;
  tasks::begin_rows(batch, options_.batch, sequence,
                    std::max(0, tokenizer_->length_settings().pad_id));
  for (size_t row = 0; row < rows.size(); ++row)
    tasks::set_row(batch, static_cast<int64_t>(row), sequence, rows[row]->ids, rows[row]->type_ids);
  const auto& inputs = step.graph().inputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto& values = batch.inputs.at(step.graph().value(inputs[i]).name);
    runtime::upload_now(stream_, inputs_[i].operand(), std::span<const int32_t>(values));
  }
  step.run(stream_);
  const graph::TensorType& type = step.output_type("hidden");
  std::vector<float> hidden(static_cast<size_t>(type.elements()));
  runtime::download_now(stream_, std::span(hidden), step.output("hidden"));
  const int64_t embed = type.dims.back();
  for (size_t row = 0; row < rows.size(); ++row)
    vectors.push_back(pooled(hidden.data() + static_cast<int64_t>(row) * sequence * embed,
                             rows[row]->size(), embed));
}

std::vector<std::vector<float>> SentenceEmbedder::embed(const std::vector<std::string>& texts) {
  components::EncodeOptions encode;
  encode.max_length = static_cast<uint64_t>(context_);
  std::vector<Tokens> tokens;
  for (const std::string& text : texts)
    tokens.push_back(std::move(tokenizer_->encode_texts(text, std::nullopt, encode).front()));
  // Texts of like length share a batch.
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return tokens[i].size(); });
  std::vector<std::vector<float>> sorted, vectors(texts.size());
  for (size_t first = 0; first < order.size(); first += static_cast<size_t>(options_.batch)) {
    std::vector<const Tokens*> rows;
    for (size_t i = first; i < order.size() && rows.size() < static_cast<size_t>(options_.batch);
         ++i)
      rows.push_back(&tokens[order[i]]);
    run(rows, sorted);
  }
  for (size_t i = 0; i < order.size(); ++i) vectors[order[i]] = std::move(sorted[i]);
  return vectors;
}

}  // namespace lmos::infer
