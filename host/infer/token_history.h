// What the penalties of sampling need to know of a sequence.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>

namespace lmos::infer {

class TokenHistory {
 public:
  void add_prompt(std::span<const int32_t> ids) {
    for (int32_t id : ids) generated_.try_emplace(id, 0);
  }
  void add_generated(int32_t id) { ++generated_[id]; }

  // Every id of the sequence with how often it was generated, 0 if it is only in the prompt. In no
  // order.
  const std::unordered_map<int32_t, int64_t>& counts() const { return generated_; }

 private:
  std::unordered_map<int32_t, int64_t> generated_;
};

}  // namespace lmos::infer
