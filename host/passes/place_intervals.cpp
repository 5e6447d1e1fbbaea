#include "passes/place_intervals.h"

#include <algorithm>
#include <numeric>

#include "errors/error.h"

namespace lmos::passes {
namespace {

struct Placed {
  uint64_t begin, end;
  size_t first, last;
};

// Start of the smallest gap that holds the interval; the end of all that is live with it if there
// is none. `placed` is sorted by begin.
uint64_t best_fit(const std::vector<Placed>& placed, const Interval& interval) {
  uint64_t cursor = 0;
  uint64_t best = 0;
  uint64_t best_gap = UINT64_MAX;
  for (const Placed& other : placed) {
    if (other.first > interval.last || interval.first > other.last) continue;
    if (other.begin > cursor) {
      const uint64_t gap = other.begin - cursor;
      if (gap >= interval.bytes && gap < best_gap) {
        best = cursor;
        best_gap = gap;
      }
    }
    cursor = std::max(cursor, other.end);
  }
  return best_gap == UINT64_MAX ? cursor : best;
}

}  // namespace

Placement place_intervals(std::span<const Interval> intervals) {
  std::vector<size_t> order(intervals.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // Of equal sizes, those that live longer first; then in order of time.
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const Interval& x = intervals[a];
    const Interval& y = intervals[b];
    if (x.bytes != y.bytes) return x.bytes > y.bytes;
    if (x.last - x.first != y.last - y.first) return x.last - x.first > y.last - y.first;
    return x.first < y.first;
  });
  Placement placement{std::vector<uint64_t>(intervals.size()), 0};
  std::vector<Placed> placed;
  uint64_t total = 0;
  for (size_t i : order) {
    const Interval& interval = intervals[i];
    if (__builtin_add_overflow(total, interval.bytes, &total)) {
      throw Error(ErrorKind::kResource, "the tensors of the graph are too large for any machine");
    }
    const uint64_t begin = best_fit(placed, interval);
    placement.offsets[i] = begin;
    placement.bytes = std::max(placement.bytes, begin + interval.bytes);
    if (interval.bytes == 0) continue;
    const auto place =
        std::upper_bound(placed.begin(), placed.end(), begin,
                         [](uint64_t at, const Placed& other) { return at < other.begin; });
    placed.insert(place, {begin, begin + interval.bytes, interval.first, interval.last});
  }
  return placement;
}

}  // namespace lmos::passes
