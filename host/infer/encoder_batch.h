// Which texts of a set run together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace lmos::infer {

// What a batch of padded texts may hold.
struct EncoderBatchLimits {
  int64_t rows = 16;
  int64_t tokens = 2048;  // padding included; a text alone may have more
};

// Groups of texts of like length, by their places in `lengths` (tokens): within the limits, and at
// most a quarter of a group is padding. `padded`: the length that a group of this longest text
// gets.
std::vector<std::vector<size_t>> group_by_length(std::span<const int64_t> lengths,
                                                 const EncoderBatchLimits& limits,
                                                 const std::function<int64_t(int64_t)>& padded);

}  // namespace lmos::infer
