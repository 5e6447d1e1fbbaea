// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
#pragma once

#include <array>
#include <cstdint>

namespace lmos::reference {

inline std::array<uint32_t, 4> philox4x32_10(std::array<uint32_t, 4> counter,
                                             std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t a = uint64_t{0xD2511F53} * counter[0];
    uint64_t b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// The uniform number in [0, 1) of element `i` of a site, as docs/ops.md defines it. state: {seed,
// step}.
inline float uniform(const int64_t* state, uint32_t site, int64_t i) {
  auto low = [](int64_t x) { return static_cast<uint32_t>(static_cast<uint64_t>(x)); };
  auto high = [](int64_t x) { return static_cast<uint32_t>(static_cast<uint64_t>(x) >> 32); };
  int64_t block = i / 4;
  auto words = philox4x32_10({low(block), high(block), site, low(state[1])},
                             {low(state[0]), high(state[0])});
  return static_cast<float>(words[i % 4] >> 8) * 0x1p-24f;
}

}  // namespace lmos::reference
