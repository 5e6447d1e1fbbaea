// A pseudo-random permutation that is computed point by point.
#pragma once

#include <cstdint>

namespace lmos::data {

// A bijection of [0, size) that looks random and depends on the key; no memory, no state, any point
// at any time in expected constant time. It is a balanced Feistel network over the least power of
// four that holds `size`, walked until it lands inside. [any-thread]
class Permutation {
 public:
  // `size` is in [1, 2^62].
  Permutation(uint64_t size, uint64_t key);

  // `index` is in [0, size).
  uint64_t operator()(uint64_t index) const;

 private:
  uint64_t encrypt(uint64_t value) const;

  uint64_t size_;
  uint64_t key_;
  int half_bits_;
};

}  // namespace lmos::data
