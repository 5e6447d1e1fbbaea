// Stop strings in text that arrives in pieces.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::infer {

// Passes text through, keeps back what may still become a stop string, and ends before the first
// one. What comes out in all does not depend on how the text was cut into pieces: the first stop
// string is the one that is complete first, and of those that complete at the same byte the
// longest. One thread at a time.
class StopMatcher {
 public:
  // Error(kConfiguration) for an empty stop string.
  explicit StopMatcher(std::vector<std::string> stop_strings);

  // The text that has become certain. It never ends inside a UTF-8 character, even when `piece`
  // does; bytes that are not UTF-8 pass unchanged. After a stop the rest is dropped and this
  // returns "".
  std::string push(std::string_view piece);
  // At the end of the text: what was kept back.
  std::string finish();

  bool stopped() const { return stopped_; }

 private:
  // Knuth, Morris and Pratt's automaton of one stop string.
  struct Pattern {
    std::string text;
    std::vector<size_t> fallback;  // [text.size()]: longest proper border of text[0..i]
    size_t matched = 0;            // longest prefix of `text` that the text so far ends with
    void step(char byte);
  };

  std::string release(size_t keep);

  std::vector<Pattern> patterns_;
  std::string held_;  // not yet given out
  bool stopped_ = false;
};

}  // namespace lmos::infer
