#include "tokenizer_unigram/train/seed_pieces.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

std::vector<SeedPiece> characters(const WordCounts& words) {
  std::map<std::string_view, uint64_t> counts;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words.word(i);
    for (size_t begin = 0, end = 0; begin < word.size(); begin = end) {
      end += character_bytes(word[begin]);
      counts[word.substr(begin, end - begin)] += words.count(i);
    }
  }
  std::vector<SeedPiece> pieces;
  for (const auto& [text, count] : counts)
    pieces.push_back({std::string(text), static_cast<double>(count)});
  return pieces;
}

// Where each character begins, and what follows in its word, at most `max_characters`.
std::vector<std::string_view> suffixes(const WordCounts& words, size_t max_characters) {
  std::vector<std::string_view> all;
  std::vector<size_t> begins;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words.word(i);
    begins.clear();
    for (size_t begin = 0; begin < word.size(); begin += character_bytes(word[begin]))
      begins.push_back(begin);
    for (size_t first = 0; first < begins.size(); ++first) {
      const size_t after = first + max_characters;
      const size_t end = after < begins.size() ? begins[after] : word.size();
      all.push_back(word.substr(begins[first], end - begins[first]));
    }
  }
  return all;
}

// Whole characters that both begin with: their bytes and their number.
struct Shared {
  size_t bytes = 0, characters = 0;
};

Shared shared_prefix(std::string_view a, std::string_view b) {
  Shared shared;
  const size_t size = std::min(a.size(), b.size());
  while (shared.bytes < size) {
    const size_t next = shared.bytes + character_bytes(a[shared.bytes]);
    if (next > b.size() ||
        a.substr(shared.bytes, next - shared.bytes) != b.substr(shared.bytes, next - shared.bytes))
      break;
    shared.bytes = next;
    ++shared.characters;
  }
  return shared;
}

// The inner nodes of the suffixes' tree: intervals of sorted suffixes that share a prefix.
std::vector<SeedPiece> repeated_substrings(const std::vector<std::string_view>& sorted) {
  struct Open {
    Shared shared;
    size_t begin;
  };
  std::vector<SeedPiece> pieces;
  std::vector<Open> open;
  for (size_t i = 1; i <= sorted.size(); ++i) {
    const Shared shared = i < sorted.size() ? shared_prefix(sorted[i - 1], sorted[i]) : Shared();
    size_t begin = i - 1;
    while (!open.empty() && open.back().shared.characters > shared.characters) {
      const Open closed = open.back();
      open.pop_back();
      begin = closed.begin;
      if (closed.shared.characters < 2) continue;
      pieces.push_back({std::string(sorted[begin].substr(0, closed.shared.bytes)),
                        static_cast<double>((i - begin) * closed.shared.characters)});
    }
    if (open.empty() || open.back().shared.characters < shared.characters)
      open.push_back({shared, begin});
  }
  return pieces;
}

void sort_by_weight(std::vector<SeedPiece>& pieces) {
  std::sort(pieces.begin(), pieces.end(), [](const SeedPiece& a, const SeedPiece& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.text < b.text;
  });
}

}  // namespace

std::vector<SeedPiece> seed_pieces(const WordCounts& words, size_t max_characters, size_t limit) {
  std::vector<SeedPiece> pieces = characters(words);
  sort_by_weight(pieces);
  std::vector<std::string_view> sorted = suffixes(words, max_characters);
  std::sort(sorted.begin(), sorted.end());
  std::vector<SeedPiece> repeated = repeated_substrings(sorted);
  sort_by_weight(repeated);
  const size_t left = limit > pieces.size() ? limit - pieces.size() : 0;
  if (repeated.size() > left) repeated.resize(left);
  pieces.insert(pieces.end(), std::make_move_iterator(repeated.begin()),
                std::make_move_iterator(repeated.end()));
  return pieces;
}

}  // namespace lmos::tokenizer
