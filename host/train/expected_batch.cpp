#include "train/expected_batch.h"

#include <cstring>
#include <optional>

#include "errors/error.h"
#include "llmasos/model.h"

namespace lmos::train {
namespace {

using Ids = std::vector<int32_t>;

template <class Element>
Ids ids_of(const TensorView& tensor) {
  Ids ids(tensor.data.size() / sizeof(Element));
  for (size_t i = 0; i < ids.size(); ++i) {
    Element value;
    std::memcpy(&value, tensor.data.data() + i * sizeof(Element), sizeof(Element));
    ids[i] = static_cast<int32_t>(value);
  }
  return ids;
}

class Reader {
 public:
  Reader(const TensorMap& tensors, const std::string& prefix) : tensors_(tensors), prefix_(prefix) {
    const TensorView* ids = find("input_ids");
    if (ids == nullptr)
      throw Error(ErrorKind::kInput, "the expected file has no tensor `" + prefix + "input_ids`");
    if (ids->shape.size() != 2 || ids->shape[0] < 1 || ids->shape[1] < 1)
      refuse("input_ids", *ids, "[rows, sequence]");
    rows = ids->shape[0];
    sequence = ids->shape[1];
  }

  std::optional<Ids> per_token(const std::string& name) const {
    return read(name, {rows, sequence}, "of input_ids' shape");
  }
  std::optional<Ids> per_sequence(const std::string& name) const {
    return read(name, {rows}, "[rows]");
  }

  int64_t rows = 0, sequence = 0;

 private:
  const TensorView* find(const std::string& name) const {
    const auto place = tensors_.find(prefix_ + name);
    return place == tensors_.end() ? nullptr : &place->second;
  }

  std::optional<Ids> read(const std::string& name, const std::vector<int64_t>& shape,
                          const std::string& wanted) const {
    const TensorView* tensor = find(name);
    if (tensor == nullptr) return std::nullopt;
    if (tensor->shape != shape) refuse(name, *tensor, wanted);
    if (tensor->dtype == LMOS_I64) return ids_of<int64_t>(*tensor);
    if (tensor->dtype == LMOS_I32) return ids_of<int32_t>(*tensor);
    refuse(name, *tensor, wanted);
  }

  [[noreturn]] void refuse(const std::string& name, const TensorView& tensor,
                           const std::string& wanted) const {
    throw Error(ErrorKind::kInput, "`" + prefix_ + name +
                                       "` in the expected file must be int32 or int64, " + wanted +
                                       ", not " + shape_text(tensor.shape));
  }

  const TensorMap& tensors_;
  const std::string& prefix_;
};

// What each token predicts: the label after it in its row; nothing at the row's end.
Ids shifted(const Ids& labels, int64_t sequence) {
  Ids result(labels.size(), data::kIgnoredLabel);
  for (size_t i = 0; i + 1 < labels.size(); ++i)
    if ((static_cast<int64_t>(i) + 1) % sequence != 0) result[i] = labels[i + 1];
  return result;
}

Ids counting(int64_t count, int64_t step, int64_t period) {
  Ids values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) values[i] = static_cast<int32_t>(i * step % period);
  return values;
}

// Labels and what they are of: the graph's input, and its loss.
void add_labels(data::Batch& batch, const char* input, const char* loss,
                const std::optional<Ids>& labels, size_t count) {
  Ids& values = batch.inputs[input];
  values = labels.value_or(Ids(count, data::kIgnoredLabel));
  batch.counted[loss] = data::count_labels(values);
}

}  // namespace

ExpectedBatch read_expected_batch(const TensorMap& tensors, const std::string& prefix,
                                  std::string_view task) {
  const Reader reader(tensors, prefix);
  const int64_t tokens = reader.rows * reader.sequence;
  const auto token_count = static_cast<size_t>(tokens),
             row_count = static_cast<size_t>(reader.rows);
  ExpectedBatch result;
  result.rows = reader.rows;
  result.sequence = reader.sequence;
  result.symbols = {{"tokens", tokens},
                    {"sequence", reader.sequence},
                    {"sequences", reader.rows},
                    {"rows", tokens}};
  data::Batch& batch = result.batch;
  batch.tokens = tokens;
  batch.inputs["input_ids"] = *reader.per_token("input_ids");
  batch.inputs["positions"] = counting(tokens, 1, reader.sequence);
  batch.inputs["rows"] = counting(tokens, 1, tokens);
  batch.inputs["first_tokens"] = counting(reader.rows, reader.sequence, tokens);
  batch.inputs["token_types"] = reader.per_token("token_type_ids").value_or(Ids(token_count, 0));
  const Ids mask = reader.per_token("attention_mask").value_or(Ids(token_count, 1));
  for (const int32_t attended : mask) {
    batch.inputs["segments"].push_back(attended != 0 ? 0 : -1);
    result.padding.push_back(attended == 0);
  }

  if (task == LMOS_TASK_QUESTION_ANSWERING) {
    add_labels(batch, "start_labels", "loss.start", reader.per_sequence("start_positions"),
               row_count);
    add_labels(batch, "end_labels", "loss.end", reader.per_sequence("end_positions"), row_count);
  } else if (task == LMOS_TASK_SEQUENCE_CLASSIFICATION) {
    add_labels(batch, "labels", "loss", reader.per_sequence("labels"), row_count);
  } else if (task == LMOS_TASK_PRETRAINING) {
    add_labels(batch, "labels", "loss.masked_lm", reader.per_token("labels"), token_count);
    add_labels(batch, "next_sentence_labels", "loss.next_sentence",
               reader.per_sequence("next_sentence_label"), row_count);
  } else {
    std::optional<Ids> labels = reader.per_token("labels");
    if (labels && task == LMOS_TASK_CAUSAL_LM) labels = shifted(*labels, reader.sequence);
    add_labels(batch, "labels", "loss", labels, token_count);
  }
  return result;
}

}  // namespace lmos::train
