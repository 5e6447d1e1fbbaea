#include "data/token_masking.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lmos::data {

std::vector<int32_t> hide_tokens(std::span<int32_t> ids, std::span<const int32_t> places,
                                 int64_t most, const MaskingOptions& options,
                                 random::Draws& draws) {
  // The first place of each word; a word ends where the next begins.
  std::vector<size_t> words;
  for (size_t i = 0; i < places.size(); ++i) {
    const bool goes_on = options.continues != nullptr && i > 0 && places[i] == places[i - 1] + 1 &&
                         (*options.continues)[static_cast<size_t>(ids[places[i]])];
    if (!goes_on) words.push_back(i);
  }
  const auto end_of = [&](size_t word) {
    const auto next = std::ranges::upper_bound(words, word);
    return next == words.end() ? places.size() : *next;
  };
  const auto wanted = static_cast<size_t>(std::min(
      most,
      std::max<int64_t>(1, std::llround(options.share * static_cast<double>(places.size())))));
  std::vector<size_t> order = words;
  std::vector<int32_t> chosen;
  for (size_t i = 0; i < order.size() && chosen.size() < wanted; ++i) {
    std::swap(order[i], order[i + draws.below(order.size() - i)]);
    const size_t end = end_of(order[i]);
    if (chosen.size() + (end - order[i]) > wanted) continue;
    for (size_t place = order[i]; place < end; ++place) chosen.push_back(places[place]);
  }
  std::ranges::sort(chosen);
  for (const int32_t place : chosen) {
    const float fate = draws.unit();
    if (fate < 0.8f)
      ids[place] = options.mask;
    else if (fate < 0.9f)
      ids[place] = static_cast<int32_t>(draws.below(static_cast<uint64_t>(options.vocab_size)));
  }
  return chosen;
}

}  // namespace lmos::data
