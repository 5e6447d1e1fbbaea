#include "cpu/random/random_reference.h"

namespace lmos::cpu::reference {

float uniform(const int64_t* state, uint32_t site, int64_t i) {
  const uint64_t block = static_cast<uint64_t>(i) / 4, seed = static_cast<uint64_t>(state[0]);
  uint32_t c[4] = {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), site,
                   static_cast<uint32_t>(state[1])};
  uint32_t key[2] = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * c[0], b = uint64_t{0xCD9E8D57} * c[2];
    const uint32_t next[4] = {
        static_cast<uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(b),
        static_cast<uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<uint32_t>(a)};
    for (int word = 0; word < 4; ++word) c[word] = next[word];
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return static_cast<float>(c[i % 4] >> 8) / 16777216.f;
}

}  // namespace lmos::cpu::reference
