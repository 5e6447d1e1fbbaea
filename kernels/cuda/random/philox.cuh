// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), counted as
// docs/ops.md says.
#pragma once

#include <cstdint>

namespace lmos::cuda {

__device__ inline uint4 philox4x32_10(uint4 counter, uint2 key) {
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * counter.x;
    const uint64_t b = uint64_t{0xCD9E8D57} * counter.z;
    counter = {static_cast<uint32_t>(b >> 32) ^ counter.y ^ key.x, static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter.w ^ key.y, static_cast<uint32_t>(a)};
    key.x += 0x9E3779B9;
    key.y += 0xBB67AE85;
  }
  return counter;
}

// The uniform numbers in [0, 1) of elements 4 · block to 4 · block + 3 of a site. state: {seed,
// step}.
__device__ inline float4 uniforms(const int64_t* state, uint32_t site, int64_t block) {
  const auto low = [](int64_t x) { return static_cast<uint32_t>(static_cast<uint64_t>(x)); };
  const auto high = [](int64_t x) { return static_cast<uint32_t>(static_cast<uint64_t>(x) >> 32); };
  const uint4 words = philox4x32_10({low(block), high(block), site, low(state[1])},
                                    {low(state[0]), high(state[0])});
  const auto uniform = [](uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; };
  return {uniform(words.x), uniform(words.y), uniform(words.z), uniform(words.w)};
}

}  // namespace lmos::cuda
