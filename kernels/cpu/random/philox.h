// Vectors of the uniform numbers that random.h defines.
#pragma once

#include "cpu/random/random.h"
#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {

inline constexpr int kCounters = 16;             // generated together, lane by lane
inline constexpr int kElements = 4 * kCounters;  // of one call

// One 32-bit word of each counter in 64-bit lanes, so that a product has room for its high half.
using Words = uint64_t __attribute__((vector_size(8 * kCounters)));

LMOS_INLINE Words words(uint64_t value) { return Words{} + value; }

// Uniform numbers for elements 4·first … 4·first + kElements of a site.
LMOS_INLINE void uniform_block(const int64_t* state, uint32_t site, uint64_t first, float* u) {
  constexpr uint64_t kLow = 0xffffffff;
  Words counter;
  for (int i = 0; i < kCounters; ++i) counter[i] = first + static_cast<uint64_t>(i);
  Words c0 = counter & kLow, c1 = counter >> 32;
  Words c2 = words(site), c3 = words(static_cast<uint64_t>(state[1]) & kLow);
  const uint64_t seed = static_cast<uint64_t>(state[0]);
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const Words p0 = c0 * 0xD2511F53u, p1 = c2 * 0xCD9E8D57u;
    c0 = (p1 >> 32) ^ c1 ^ k0;
    c1 = p1 & kLow;
    c2 = (p0 >> 32) ^ c3 ^ k1;
    c3 = p0 & kLow;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  constexpr float kUnit = 1.f / 16777216.f;
  const Words word[4] = {c0 >> 8, c1 >> 8, c2 >> 8, c3 >> 8};
  for (int i = 0; i < kCounters; ++i) {
    for (int k = 0; k < 4; ++k) {
      u[4 * i + k] = static_cast<float>(static_cast<int32_t>(word[k][i])) * kUnit;
    }
  }
}

// Uniform numbers for elements first … first + count of a site.
inline void uniform_run(const int64_t* state, uint32_t site, uint64_t first, int64_t count,
                        float* u) {
  alignas(64) float block[kElements];
  for (int64_t done = 0; done < count;) {
    const uint64_t element = first + static_cast<uint64_t>(done);
    const int64_t skipped = static_cast<int64_t>(element % 4);
    const int64_t taken = smaller(kElements - skipped, count - done);
    uniform_block(state, site, element / 4, block);
    __builtin_memcpy(u + done, block + skipped, sizeof(float) * taken);
    done += taken;
  }
}

}  // namespace lmos::cpu::LMOS_ISA
