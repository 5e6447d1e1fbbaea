// Counted runs of n neighbours, which BLEU, chrF and ROUGE compare.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>

namespace lmos::metrics {

template <class Item>
struct NgramOrder {
  bool operator()(std::span<const Item> a, std::span<const Item> b) const {
    return std::ranges::lexicographical_compare(a, b);
  }
};

// The n-grams point into the items that they were counted in, which must outlive them.
template <class Item>
using Ngrams = std::map<std::span<const Item>, int64_t, NgramOrder<Item>>;

template <class Item>
Ngrams<Item> count_ngrams(std::span<const Item> items, size_t n) {
  Ngrams<Item> counts;
  for (size_t i = 0; i + n <= items.size(); ++i) ++counts[items.subspan(i, n)];
  return counts;
}

inline int64_t ngrams_in(size_t items, size_t n) {
  return items < n ? 0 : static_cast<int64_t>(items - n + 1);
}

// How many of `a` are in `b`, each at most as often as there.
template <class Item>
int64_t count_matches(const Ngrams<Item>& a, const Ngrams<Item>& b) {
  int64_t matches = 0;
  for (const auto& [ngram, count] : a)
    if (const auto found = b.find(ngram); found != b.end())
      matches += std::min(count, found->second);
  return matches;
}

}  // namespace lmos::metrics
