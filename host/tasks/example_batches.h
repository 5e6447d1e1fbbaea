// Rows of encoders' tasks, batched by length.
#pragma once

#include <cstdint>
#include <vector>

#include "data/length_order.h"
#include "tasks/task.h"

namespace lmos::tasks {

// One row: at most dataset.sequence tokens with their types, and what is to be told of them.
struct Example {
  std::vector<int32_t> ids, types;
  std::vector<int32_t> labels;  // as ExampleLabels says; kIgnoredLabel where there is none
};

// What labels of a row are of: an input and a loss of the graph.
struct LabelEnd {
  const char* input;
  const char* loss;
};
struct ExampleLabels {
  bool per_token = false;      // all are of the one end: labels[i] of token i
  std::vector<LabelEnd> ends;  // else labels[i] is the row's for ends[i]
};

// Shapes of the batches below: rows are padded to a quarter, half, three quarters or all of
// `sequence`.
std::vector<data::Symbols> example_shapes(int64_t rows, int64_t sequence);

// Examples of like length share a batch, which is padded to the longest of them. In order, they
// stay as they come.
class ExampleBatches : public data::Batches {
 public:
  // Error(kInput) if there are no examples, or fewer than one shuffled batch.
  ExampleBatches(std::vector<Example> examples, ExampleLabels labels, const Reading& reading,
                 int32_t padding, std::vector<data::Symbols> shapes);

  const Reading& reading() const { return reading_; }
  const std::vector<Example>& examples() const { return examples_; }

  const std::vector<data::Symbols>& shapes() const override { return shapes_; }
  int64_t micro_batches() const override { return reading_.micro_batches; }
  uint64_t steps() const override;
  void fill(uint64_t step, int64_t micro, data::Batch& batch) const override;

 private:
  int64_t batch_rows() const { return reading_.rows * reading_.micro_batches; }
  std::vector<size_t> places(uint64_t step, int64_t micro) const;
  size_t shape_for(int64_t length) const;

  std::vector<Example> examples_;
  ExampleLabels labels_;
  Reading reading_;
  int32_t padding_;
  std::vector<data::Symbols> shapes_;
  data::LengthOrder order_;
};

}  // namespace lmos::tasks
