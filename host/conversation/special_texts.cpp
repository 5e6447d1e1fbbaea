#include "conversation/special_texts.h"

#include <algorithm>

namespace lmos::conversation {

SpecialTexts::SpecialTexts(std::vector<std::string> texts) : texts_(std::move(texts)) {
  std::erase(texts_, "");
  std::ranges::sort(texts_);
  for (const std::string& text : texts_) {
    longest_ = std::max(longest_, text.size());
    for (size_t at = 1; at < text.size(); ++at)
      endings_.push_back(std::string_view(text).substr(at));
  }
  std::ranges::sort(endings_);
}

template <class Take>
bool SpecialTexts::walk(std::string_view text, size_t at, Take&& take) const {
  auto begin = texts_.begin(), end = texts_.end();
  for (size_t size = 0; begin != end; ++size) {
    // All in [begin, end) begin with the same `size` bytes.
    if (begin->size() == size) {
      if (size > 0) take(size);
      if (++begin == end) return false;
    }
    if (at + size == text.size()) return size > 0;
    const char next = text[at + size];
    const auto byte_at = [size](const std::string& special) {
      return static_cast<unsigned char>(special[size]);
    };
    begin = std::ranges::lower_bound(begin, end, static_cast<unsigned char>(next), {}, byte_at);
    end = std::ranges::upper_bound(begin, end, static_cast<unsigned char>(next), {}, byte_at);
  }
  return false;
}

std::vector<SpecialTexts::Place> SpecialTexts::find(std::string_view text) const {
  std::vector<Place> places;
  for (size_t at = 0; at < text.size(); ++at)
    walk(text, at, [&](size_t size) { places.push_back({at, at + size}); });
  return places;
}

size_t SpecialTexts::count(std::string_view text) const {
  size_t count = 0;
  for (size_t at = 0; at < text.size();) {
    size_t longest = 0;
    walk(text, at, [&](size_t size) { longest = size; });
    count += longest > 0;
    at += std::max<size_t>(longest, 1);
  }
  return count;
}

bool SpecialTexts::is_middle(std::string_view text) const {
  const auto ending = std::ranges::lower_bound(endings_, text);
  return ending != endings_.end() && ending->starts_with(text);
}

bool SpecialTexts::may_continue(std::string_view text) const {
  if (text.empty()) return false;
  if (is_middle(text)) return true;
  for (size_t size = 1; size < std::min(longest_, text.size() + 1); ++size)
    if (std::ranges::binary_search(endings_, text.substr(0, size))) return true;
  return false;
}

bool SpecialTexts::may_be_continued(std::string_view text) const {
  if (text.empty()) return false;
  if (is_middle(text)) return true;
  const size_t first = text.size() > longest_ ? text.size() - longest_ : 0;
  for (size_t at = first; at < text.size(); ++at)
    if (walk(text, at, [](size_t) {})) return true;
  return false;
}

}  // namespace lmos::conversation
