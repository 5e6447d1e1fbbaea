#include "data/permutation.h"

#include <bit>

#include "random/philox.h"

namespace lmos::data {
namespace {

constexpr uint32_t kRounds = 6;

}  // namespace

Permutation::Permutation(uint64_t size, uint64_t key)
    : size_(size), key_(key), half_bits_((std::bit_width(size - 1) + 1) / 2) {}

uint64_t Permutation::encrypt(uint64_t value) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t left = value >> half_bits_, right = value & mask;
  for (uint32_t round = 0; round < kRounds; ++round) {
    const uint32_t mixed = random::philox(key_, {static_cast<uint32_t>(right), round, 0, 0})[0];
    const uint64_t next = left ^ (mixed & mask);
    left = right;
    right = next;
  }
  return left << half_bits_ | right;
}

uint64_t Permutation::operator()(uint64_t index) const {
  // A value outside lies on the cycle of one inside: walking on must come back in.
  do index = encrypt(index);
  while (index >= size_);
  return index;
}

}  // namespace lmos::data
