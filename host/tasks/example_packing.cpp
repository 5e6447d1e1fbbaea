#include "tasks/example_packing.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace lmos::tasks {

std::vector<std::vector<size_t>> pack(std::span<const int64_t> lengths, int64_t sequence) {
  std::vector<size_t> longest_first(lengths.size());
  std::iota(longest_first.begin(), longest_first.end(), size_t{0});
  std::ranges::stable_sort(longest_first,
                           [&](size_t a, size_t b) { return lengths[a] > lengths[b]; });
  std::vector<std::vector<size_t>> rows;
  std::multimap<int64_t, size_t> by_room;  // rows by what is free in them
  for (const size_t example : longest_first) {
    // The fullest row with room, the oldest of several.
    const auto row = by_room.lower_bound(lengths[example]);
    size_t place = rows.size();
    int64_t room = sequence;
    if (row == by_room.end()) {
      rows.emplace_back();
    } else {
      room = row->first;
      place = row->second;
      by_room.erase(row);
    }
    rows[place].push_back(example);
    if (room > lengths[example]) by_room.emplace(room - lengths[example], place);
  }
  return rows;
}

}  // namespace lmos::tasks
