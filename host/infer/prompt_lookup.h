// Guesses what a text goes on with from what stood in it before: prompt lookup decoding (Saxena
// 2023), a draft for speculative decoding (Leviathan et al. 2023) that needs no second model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lmos::infer {

// Of one sequence. How much it guesses follows how often it was right, so that a text without
// repeats costs nothing. One thread at a time.
class PromptLookup {
 public:
  // At most `most` tokens to follow `ids`: those that followed the longest earlier match of its
  // end, the latest of equal ones. Their number is 2ⁿ − 1, so that with the token before them a
  // batch is filled. Empty where the end stands nowhere else, or where guesses were wrong lately.
  std::vector<int32_t> propose(std::span<const int32_t> ids, int64_t most);
  // Of the tokens last proposed, the first `right` came true.
  void learn(size_t proposed, size_t right);

 private:
  size_t length_ = 1;      // of the next proposal
  size_t pause_ = 0;       // calls yet to pass without one
  size_t next_pause_ = 4;  // after the next failure
};

}  // namespace lmos::infer
