// Dynamic storage allocation: offsets for memory of known size and lifetime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lmos::passes {

// `bytes` that are live at the times `first` … `last`, both included.
struct Interval {
  uint64_t bytes = 0;
  size_t first = 0;
  size_t last = 0;
};

struct Placement {
  std::vector<uint64_t> offsets;  // by interval
  uint64_t bytes = 0;             // the end of the highest
};

// Offsets at which no two intervals that are live at one time overlap. Greedy by size, each into
// the smallest gap that holds it, so not always the smallest arena (that problem is NP-hard) but
// close. Offsets are sums of sizes: sizes that are multiples of an alignment give aligned offsets.
// O(n²). Throws kResource if the sum of sizes overflows.
Placement place_intervals(std::span<const Interval> intervals);

}  // namespace lmos::passes
