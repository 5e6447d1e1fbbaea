#include "data/checksum.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace lmos::data {
namespace {

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87, kPrime2 = 0xC2B2AE3D27D4EB4F,
                   kPrime3 = 0x165667B19E3779F9, kPrime4 = 0x85EBCA77C2B2AE63,
                   kPrime5 = 0x27D4EB2F165667C5;

template <class Word>
Word load(const std::byte* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

uint64_t round_of(uint64_t lane, uint64_t word) {
  return std::rotl(lane + word * kPrime2, 31) * kPrime1;
}

uint64_t merge(uint64_t hash, uint64_t lane) {
  return (hash ^ round_of(0, lane)) * kPrime1 + kPrime4;
}

uint64_t avalanche(uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace

Checksum::Checksum(uint64_t seed)
    : seed_(seed), lanes_{seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1} {}

void Checksum::consume(const std::byte* stripe) {
  for (size_t lane = 0; lane < lanes_.size(); ++lane)
    lanes_[lane] = round_of(lanes_[lane], load<uint64_t>(stripe + 8 * lane));
}

void Checksum::update(std::span<const std::byte> bytes) {
  const size_t pending = total_ % kStripe;
  total_ += bytes.size();
  if (pending > 0) {
    const size_t taken = std::min(kStripe - pending, bytes.size());
    std::copy_n(bytes.begin(), taken, pending_.begin() + pending);
    bytes = bytes.subspan(taken);
    if (pending + taken < kStripe) return;
    consume(pending_.data());
  }
  for (; bytes.size() >= kStripe; bytes = bytes.subspan(kStripe)) consume(bytes.data());
  std::copy(bytes.begin(), bytes.end(), pending_.begin());
}

uint64_t Checksum::value() const {
  uint64_t hash = seed_ + kPrime5;
  if (total_ >= kStripe) {
    hash = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) +
           std::rotl(lanes_[3], 18);
    for (uint64_t lane : lanes_) hash = merge(hash, lane);
  }
  hash += total_;
  const std::byte* at = pending_.data();
  const std::byte* end = at + total_ % kStripe;
  for (; at + 8 <= end; at += 8)
    hash = std::rotl(hash ^ round_of(0, load<uint64_t>(at)), 27) * kPrime1 + kPrime4;
  if (at + 4 <= end) {
    hash = std::rotl(hash ^ (load<uint32_t>(at) * kPrime1), 23) * kPrime2 + kPrime3;
    at += 4;
  }
  for (; at < end; ++at)
    hash = std::rotl(hash ^ (static_cast<uint64_t>(*at) * kPrime5), 11) * kPrime1;
  return avalanche(hash);
}

uint64_t checksum(std::string_view text, uint64_t seed) {
  Checksum sum(seed);
  sum.update(std::as_bytes(std::span(text)));
  return sum.value();
}

}  // namespace lmos::data
