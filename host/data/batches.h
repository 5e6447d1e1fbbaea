// Batches as training and evaluation read them, whatever the task.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lmos::data {

inline constexpr int32_t kIgnoredLabel = -100;

// Sizes of a graph's symbols by name: tokens, sequence, …
using Symbols = std::map<std::string, int64_t, std::less<>>;

// One micro-batch in the host's memory.
struct Batch {
  size_t shape = 0;  // its place in Batches::shapes()
  // Values of the graph's inputs by name, row-major, as long as the shape says.
  std::map<std::string, std::vector<int32_t>, std::less<>> inputs;
  // Labels that count, by the loss output of the graph that they are for ("loss",
  // "loss.masked_lm").
  std::map<std::string, int64_t, std::less<>> counted;
  int64_t tokens = 0;  // of data; padding does not count
  // What its rows are, as places among the task's examples, where it has such.
  std::vector<size_t> examples;
};

// A global batch is micro_batches() micro-batches. What a step reads is a pure function of the
// source and the step: restarts, and how the work is spread, cannot change it. [any-thread]
class Batches {
 public:
  virtual ~Batches() = default;

  // What micro-batches look like. One executable is prepared for each, so they are few.
  virtual const std::vector<Symbols>& shapes() const = 0;
  virtual int64_t micro_batches() const = 0;
  // Replaces `batch`, whose memory is used again, by micro-batch `micro` of `step`. Past the end of
  // data that are read in order, it is a batch of padding with nothing counted.
  virtual void fill(uint64_t step, int64_t micro, Batch& batch) const = 0;
  // Steps of one pass over the data, rounded up.
  virtual uint64_t steps() const = 0;
  // UTF-8 bytes of text that the labels of the step's global batch stand for, where the task has
  // such a measure; otherwise 0.
  virtual double label_bytes(uint64_t) const { return 0; }
};

// Labels that are not ignored.
inline int64_t count_labels(const std::vector<int32_t>& labels) {
  return std::ranges::count_if(labels, [](int32_t label) { return label != kIgnoredLabel; });
}

}  // namespace lmos::data
