// The texts of a tokenizer's special tokens, found in other texts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::conversation {

class SpecialTexts {
 public:
  explicit SpecialTexts(std::vector<std::string> texts);

  struct Place {
    size_t begin, end;  // bytes
  };
  // Every occurrence, overlapping ones too, in the order of their beginnings.
  std::vector<Place> find(std::string_view text) const;
  // How many a tokenizer finds: from left to right, the longest at each place.
  size_t count(std::string_view text) const;

  // Whether a special text may arise where something stands before `text`, or follows it: it begins
  // with the end of one, ends with the beginning of one, or is the middle of one.
  bool may_continue(std::string_view text) const;
  bool may_be_continued(std::string_view text) const;

 private:
  // The special texts that begin with what `text` holds from `at` on, or that it begins with.
  // Calls `take` with the size of each that is found whole; returns whether `text` ended inside
  // one.
  template <class Take>
  bool walk(std::string_view text, size_t at, Take&& take) const;
  bool is_middle(std::string_view text) const;

  std::vector<std::string> texts_;         // in order
  std::vector<std::string_view> endings_;  // of all texts, shorter than them, in order
  size_t longest_ = 0;
};

}  // namespace lmos::conversation
