// Which examples of like length make up each batch.
#pragma once

#include <cstdint>
#include <vector>

namespace lmos::data {

// An epoch shuffles the examples, sorts stretches of 16 batches of them by length, and shuffles the
// batches of each stretch; what does not fill a last batch waits for the next epoch. A pure
// function of (seed, step). [any-thread]
class LengthOrder {
 public:
  // `lengths` of the examples; at least one batch of `batch` examples.
  LengthOrder(std::vector<int64_t> lengths, int64_t batch, uint64_t seed);

  // Batches of an epoch.
  uint64_t steps() const { return lengths_.size() / batch_; }
  // The examples of the batch of `step`, the shortest first.
  std::vector<uint64_t> examples(uint64_t step) const;

 private:
  uint64_t key(uint64_t stream, uint32_t site) const;

  std::vector<int64_t> lengths_;
  uint64_t batch_;
  uint64_t seed_;
};

}  // namespace lmos::data
