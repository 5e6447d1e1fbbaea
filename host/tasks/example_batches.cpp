#include "tasks/example_batches.h"

#include <algorithm>

#include "errors/error.h"
#include "tasks/encoder_rows.h"

namespace lmos::tasks {
namespace {

std::vector<int64_t> lengths_of_rows(const std::vector<Example>& examples) {
  std::vector<int64_t> lengths;
  for (const Example& example : examples) lengths.push_back(std::ssize(example.ids));
  return lengths;
}

}  // namespace

std::vector<data::Symbols> example_shapes(int64_t rows, int64_t sequence) {
  std::vector<data::Symbols> shapes;
  int64_t last = 0;
  for (int64_t quarter = 1; quarter <= 4; ++quarter) {
    // In eights, which kernels like.
    const int64_t length = std::min(sequence, (sequence * quarter / 4 + 7) / 8 * 8);
    if (length <= last) continue;
    shapes.push_back(encoder_shape(rows, length));
    last = length;
  }
  return shapes;
}

ExampleBatches::ExampleBatches(std::vector<Example> examples, ExampleLabels labels,
                               const Reading& reading, int32_t padding,
                               std::vector<data::Symbols> shapes)
    : examples_(std::move(examples)),
      labels_(std::move(labels)),
      reading_(reading),
      padding_(padding),
      shapes_(std::move(shapes)),
      order_(lengths_of_rows(examples_), batch_rows(), reading.seed) {
  if (examples_.empty()) throw Error(ErrorKind::kInput, "the data set holds no record");
  if (!reading.in_order && order_.steps() == 0)
    throw Error(ErrorKind::kInput, "the data set has " + std::to_string(examples_.size()) +
                                       " records, fewer than one batch of " +
                                       std::to_string(batch_rows()));
}

uint64_t ExampleBatches::steps() const {
  const auto rows = static_cast<uint64_t>(batch_rows());
  return reading_.in_order ? (examples_.size() + rows - 1) / rows : order_.steps();
}

void ExampleBatches::fill(uint64_t step, int64_t micro, data::Batch& batch) const {
  const std::vector<size_t> rows = places(step, micro);
  size_t longest = 1;
  for (const size_t row : rows) longest = std::max(longest, examples_[row].ids.size());
  batch.shape = shape_for(static_cast<int64_t>(longest));
  const int64_t sequence = shapes_[batch.shape].find("sequence")->second;
  begin_rows(batch, reading_.rows, sequence, padding_);
  batch.examples = rows;
  for (const LabelEnd& end : labels_.ends)
    batch.inputs[end.input].assign(
        static_cast<size_t>(reading_.rows * (labels_.per_token ? sequence : 1)),
        data::kIgnoredLabel);
  for (size_t row = 0; row < rows.size(); ++row) {
    const Example& example = examples_[rows[row]];
    set_row(batch, static_cast<int64_t>(row), sequence, example.ids, example.types);
    if (labels_.per_token) {
      std::ranges::copy(example.labels, batch.inputs[labels_.ends.front().input].begin() +
                                            static_cast<int64_t>(row) * sequence);
    } else {
      for (size_t i = 0; i < labels_.ends.size(); ++i)
        batch.inputs[labels_.ends[i].input][row] = example.labels[i];
    }
  }
  for (const LabelEnd& end : labels_.ends)
    batch.counted[end.loss] = data::count_labels(batch.inputs[end.input]);
}

// Fewer than reading_.rows past the end.
std::vector<size_t> ExampleBatches::places(uint64_t step, int64_t micro) const {
  std::vector<size_t> rows;
  const auto first = static_cast<uint64_t>(micro * reading_.rows);
  const auto count = static_cast<uint64_t>(reading_.rows);
  if (reading_.in_order) {
    const uint64_t begin = step * static_cast<uint64_t>(batch_rows()) + first;
    for (uint64_t i = begin; i < begin + count && i < examples_.size(); ++i) rows.push_back(i);
  } else {
    const std::vector<uint64_t> all = order_.examples(step);
    for (uint64_t i = first; i < first + count; ++i) rows.push_back(all[i]);
  }
  return rows;
}

size_t ExampleBatches::shape_for(int64_t length) const {
  size_t shape = 0;
  while (shapes_[shape].find("sequence")->second < length) ++shape;
  return shape;
}

}  // namespace lmos::tasks
