// A stream of draws that is a pure function of its seed and name.
#pragma once

#include <cstdint>

#include "random/philox.h"

namespace lmos::random {

// One thread at a time.
class Draws {
 public:
  // Streams of other `stream` or `site` are independent.
  Draws(uint64_t seed, uint64_t stream, uint32_t site)
      : seed_(seed),
        low_(static_cast<uint32_t>(stream)),
        high_(static_cast<uint32_t>(stream >> 32)),
        site_(site) {}

  uint32_t word() {
    if (next_ == 4) {
      words_ = philox(seed_, {block_++, low_, high_, site_});
      next_ = 0;
    }
    return words_[next_++];
  }
  // Uniform in [0, 1).
  float unit() { return uniform(word()); }
  // Uniform in [0, count) up to a bias of count / 2^32; `count` is in [1, 2^32).
  uint32_t below(uint64_t count) { return static_cast<uint32_t>(uint64_t{word()} * count >> 32); }

 private:
  uint64_t seed_;
  uint32_t low_, high_, site_;
  uint32_t block_ = 0;
  Words words_{};
  size_t next_ = 4;
};

}  // namespace lmos::random
