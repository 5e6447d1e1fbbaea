// XXH64 (Yann Collet's xxHash, 64-bit variant): a fast checksum against damage, not against
// forgery.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lmos::data {

// Fed in pieces; how the bytes were cut does not matter.
class Checksum {
 public:
  explicit Checksum(uint64_t seed = 0);

  void update(std::span<const std::byte> bytes);
  // Of everything so far.
  uint64_t value() const;

 private:
  static constexpr size_t kStripe = 32;  // bytes: four lanes of eight
  void consume(const std::byte* stripe);

  uint64_t seed_;
  std::array<uint64_t, 4> lanes_;
  std::array<std::byte, kStripe> pending_;
  uint64_t total_ = 0;  // bytes; total_ % kStripe of them are pending
};

uint64_t checksum(std::string_view text, uint64_t seed = 0);

}  // namespace lmos::data
