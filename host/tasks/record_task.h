// What the tasks over records share: reading them, batches of their rows, and an answer for each.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "components/dataset.h"
#include "tasks/example_batches.h"

namespace lmos::tasks {

// The batches of a split with what its task keeps of each record.
template <class Kept>
class RecordBatches : public ExampleBatches {
 public:
  RecordBatches(std::vector<Example> examples, ExampleLabels labels, const Reading& reading,
                int32_t padding, std::vector<data::Symbols> shapes, std::vector<Kept> records)
      : ExampleBatches(std::move(examples), std::move(labels), reading, padding, std::move(shapes)),
        records_(std::move(records)) {}
  // In the order of their rows.
  const std::vector<Kept>& records() const { return records_; }

  static const RecordBatches& of(const data::Batches& batches) {
    return dynamic_cast<const RecordBatches&>(batches);
  }

 private:
  std::vector<Kept> records_;
};

// The split of a data set that gives records. None if there is no such split;
// Error(kConfiguration) if it gives plain text.
std::unique_ptr<components::Dataset> open_records(const Sources& sources,
                                                  const DatasetSection& section,
                                                  const std::string& split);
// An answer with the record's id.
Json begin_answer(const components::Record& record);

// The class that a record names: by its name, or as a number from 0. Error(kInput) with the place
// for another.
int32_t class_of(const components::Record& record, const ConfigTree& value,
                 const std::vector<std::string>& names);

// Softmax.
std::vector<double> probabilities(std::span<const float> logits);
size_t most_likely(std::span<const float> logits);

}  // namespace lmos::tasks
