#include "infer/encoder_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "components/weights.h"
#include "errors/error.h"
#include "llmasos/model.h"
#include "runtime/compile.h"
#include "tasks/encoder_rows.h"

namespace lmos::infer {
namespace {

constexpr size_t kMostVariants = 32;
constexpr const char* kHidden = "hidden";
constexpr const char* kLogits = "logits";

std::vector<std::string> labels_of(const ModelFiles& files, int64_t classes) {
  std::vector<std::string> labels;
  const Json* names = files.config().find("id2label");
  for (int64_t i = 0; i < classes; ++i) {
    const std::string id = std::to_string(i);
    const Json* name = names != nullptr && names->is_object() ? names->find(id) : nullptr;
    labels.push_back(name != nullptr && name->is_string()
                         ? name->as_string(files.config_place() + ": id2label")
                         : "LABEL_" + id);
  }
  return labels;
}

bool has_problem_type(const ModelFiles& files, std::string_view type) {
  const Json* found = files.config().find("problem_type");
  return found != nullptr && found->is_string() &&
         found->as_string(files.config_place() + ": problem_type") == type;
}

}  // namespace

EncoderModel::EncoderModel(components::Catalogue& catalogue, runtime::Device& device,
                           const std::filesystem::path& folder, const EncoderOptions& options)
    : device_(device),
      options_(options),
      files_(folder),
      file_(files_.open_weights()),
      stream_(device),
      weights_(device) {
  tokenizer_ = catalogue.open_tokenizer(options.tokenizer_plugin, options.tokenizer_path.empty()
                                                                      ? files_.tokenizer_path()
                                                                      : options.tokenizer_path);
  const auto model = catalogue.open_model(options.model_plugin, files_);
  context_ = model->context();
  hidden_ = model->graph(LMOS_TASK_ENCODING_HIDDEN, false, options.compute, options.compute);
  embed_ = hidden_.type(hidden_.find_output(kHidden)).dims.back();
  if (model->task() == LMOS_TASK_SEQUENCE_CLASSIFICATION) {
    logits_ = model->graph(std::string(LMOS_TASK_SEQUENCE_CLASSIFICATION) + ".logits", false,
                           options.compute, options.compute);
    labels_ = labels_of(files_, model->classes());
    independent_labels_ =
        labels_.size() == 1 || has_problem_type(files_, "multi_label_classification");
  }
  // The graph of a classification has all parameters of the other, and those of its head.
  components::load_weights(weights_, stream_, logits_ ? *logits_ : hidden_, file_, options.compute,
                           folder.string(), {.share = true, .part = true});
}

components::Encoding EncoderModel::encode(std::string_view text,
                                          std::optional<std::string_view> second,
                                          int64_t longest) const {
  components::EncodeOptions options;
  options.max_length = static_cast<uint64_t>(longest);
  return std::move(tokenizer_->encode_texts(text, second, options).front());
}

// In few steps, since an executable is prepared for each.
int64_t EncoderModel::padded_length(int64_t longest) const {
  const int64_t step = longest <= 64 ? 8 : 32;
  return std::min(context_, (std::max<int64_t>(longest, 1) + step - 1) / step * step);
}

EncoderModel::Variant& EncoderModel::variant(EncoderTask task, int64_t rows, int64_t sequence) {
  const auto found = std::ranges::find_if(variants_, [&](const Variant& variant) {
    return variant.task == task && variant.rows == rows && variant.sequence == sequence;
  });
  if (found != variants_.end()) {
    variants_.splice(variants_.begin(), variants_, found);
    return variants_.front();
  }
  if (variants_.size() == kMostVariants) variants_.pop_back();
  Variant made{task, rows, sequence, {}, {}};
  made.executable =
      runtime::compile(device_, task == EncoderTask::kClassify ? logits_.value() : hidden_,
                       tasks::encoder_shape(rows, sequence));
  runtime::Executable& executable = *made.executable;
  weights_.bind_to(executable);
  for (const graph::ValueId input : executable.graph().inputs) {
    made.inputs.push_back(
        device_.allocate(executable.graph().type(input).bytes(), runtime::MemoryCategory::kInputs));
    executable.bind(input, made.inputs.back().operand());
  }
  executable.allocate();
  variants_.push_front(std::move(made));
  return variants_.front();
}

// `hidden`: [tokens or more, embed].
std::vector<float> EncoderModel::pooled(std::span<const float> hidden, size_t tokens) const {
  const auto embed = static_cast<size_t>(embed_);
  std::vector<float> vector(hidden.begin(), hidden.begin() + embed_);
  if (options_.pooling == Pooling::kMean) {
    for (size_t i = 0; i < embed; ++i) {
      double sum = 0;
      for (size_t token = 0; token < tokens; ++token) sum += hidden[token * embed + i];
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

std::vector<float> EncoderModel::probabilities(std::span<const float> logits) const {
  std::vector<float> shares(logits.size());
  if (independent_labels_) {
    std::ranges::transform(logits, shares.begin(), [](float logit) {
      return static_cast<float>(1 / (1 + std::exp(-static_cast<double>(logit))));
    });
    return shares;
  }
  const double largest = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  std::ranges::transform(logits, shares.begin(), [&](float logit) {
    return static_cast<float>(std::exp(logit - largest) / sum);
  });
  return shares;
}

std::vector<std::vector<float>> EncoderModel::run(
    EncoderTask task, std::span<const components::Encoding* const> rows) {
  size_t longest = 1;
  for (const components::Encoding* row : rows) longest = std::max(longest, row->size());
  if (rows.empty() || static_cast<int64_t>(longest) > context_ ||
      (task == EncoderTask::kClassify && !logits_))
    throw Error(ErrorKind::kInternal, "a batch of texts that this encoder can't read");
  const int64_t sequence = padded_length(static_cast<int64_t>(longest));
  const auto places = static_cast<int64_t>(std::bit_ceil(rows.size()));
  Variant& step = variant(task, places, sequence);
  data::Batch batch;
  tasks::begin_rows(batch, places, sequence, std::max(0, tokenizer_->length_settings().pad_id));
  for (size_t row = 0; row < rows.size(); ++row)
    tasks::set_row(batch, static_cast<int64_t>(row), sequence, rows[row]->ids, rows[row]->type_ids);
  const auto& inputs = step.executable->graph().inputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto& values = batch.inputs.at(step.executable->graph().value(inputs[i]).name);
    runtime::upload_now(stream_, step.inputs[i].operand(), std::span<const int32_t>(values));
  }
  step.executable->run(stream_);
  const char* const output = task == EncoderTask::kClassify ? kLogits : kHidden;
  const graph::TensorType& type = step.executable->output_type(output);
  std::vector<float> values(static_cast<size_t>(type.elements()));
  runtime::download_now(stream_, std::span(values), step.executable->output(output));
  std::vector<std::vector<float>> results;
  const size_t row_values = values.size() / static_cast<size_t>(places);
  for (size_t row = 0; row < rows.size(); ++row) {
    const auto mine = std::span<const float>(values).subspan(row * row_values, row_values);
    results.push_back(task == EncoderTask::kClassify ? probabilities(mine)
                                                     : pooled(mine, rows[row]->size()));
  }
  return results;
}

}  // namespace lmos::infer
