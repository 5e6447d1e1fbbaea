#include "infer/prompt_lookup.h"

#include <algorithm>
#include <bit>

namespace lmos::infer {
namespace {

constexpr size_t kLeastMatch = 2, kMostMatch = 8;  // tokens at the end that stand elsewhere too
constexpr size_t kLongestPause = 64, kLongestProposal = 63;

// Where the text went on after the best match of its end; ids.size() if there is none.
size_t find_continuation(std::span<const int32_t> ids) {
  size_t best = ids.size(), longest = kLeastMatch - 1;
  for (size_t next = ids.size() - 1; next > longest && longest < kMostMatch; --next) {
    size_t match = 0;
    while (match < std::min(next, kMostMatch) &&
           ids[next - 1 - match] == ids[ids.size() - 1 - match])
      ++match;
    if (match > longest) {
      longest = match;
      best = next;
    }
  }
  return best;
}

}  // namespace

std::vector<int32_t> PromptLookup::propose(std::span<const int32_t> ids, int64_t most) {
  if (pause_ > 0) {
    --pause_;
    return {};
  }
  const size_t fits = std::min(length_, static_cast<size_t>(std::max<int64_t>(most, 0)));
  const size_t count = std::bit_floor(fits + 1) - 1;
  if (count == 0 || ids.size() <= kLeastMatch) return {};
  const size_t from = find_continuation(ids);
  if (from == ids.size()) return {};
  std::vector<int32_t> proposal(count);
  // What followed may run into the end of the text: there it begins again.
  for (size_t i = 0; i < count; ++i)
    proposal[i] = from + i < ids.size() ? ids[from + i] : proposal[i - (ids.size() - from)];
  return proposal;
}

void PromptLookup::learn(size_t proposed, size_t right) {
  if (right == proposed) {
    // Shorter than wished: the batch had no room for more.
    if (proposed >= length_) length_ = std::min(2 * length_ + 1, kLongestProposal);
    next_pause_ = 4;
    return;
  }
  if (right > proposed / 2) return;
  length_ /= 2;
  if (length_ > 0) return;
  length_ = 1;
  if (right > 0) return;
  pause_ = next_pause_;
  next_pause_ = std::min(2 * next_pause_, kLongestPause);
}

}  // namespace lmos::infer
