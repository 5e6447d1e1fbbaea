// Short examples side by side in rows of one length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lmos::tasks {

// Which examples share a row: the longest first, each in the fullest row that has room for it (best
// fit decreasing, Johnson 1973). `lengths`: 1 to `sequence` each. Depends on nothing else.
std::vector<std::vector<size_t>> pack(std::span<const int64_t> lengths, int64_t sequence);

}  // namespace lmos::tasks
