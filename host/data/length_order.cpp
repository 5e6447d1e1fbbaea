#include "data/length_order.h"

#include <algorithm>
#include <utility>

#include "data/permutation.h"
#include "random/draws.h"

namespace lmos::data {
namespace {

constexpr uint64_t kStretch = 16;  // batches
// Apart from the sites of graph operations with the same seed.
constexpr uint32_t kOrderSite = 0x6c656e67, kBatchSite = 0x6c656e62;

}  // namespace

LengthOrder::LengthOrder(std::vector<int64_t> lengths, int64_t batch, uint64_t seed)
    : lengths_(std::move(lengths)), batch_(static_cast<uint64_t>(batch)), seed_(seed) {}

uint64_t LengthOrder::key(uint64_t stream, uint32_t site) const {
  random::Draws draws(seed_, stream, site);
  const uint64_t low = draws.word();
  return uint64_t{draws.word()} << 32 | low;
}

std::vector<uint64_t> LengthOrder::examples(uint64_t step) const {
  const uint64_t epoch = step / steps(), batch = step % steps();
  const uint64_t first = batch / kStretch * kStretch;
  const uint64_t count = std::min(kStretch, steps() - first);
  const Permutation shuffled(lengths_.size(), key(epoch, kOrderSite));
  std::vector<uint64_t> stretch(count * batch_);
  for (uint64_t i = 0; i < stretch.size(); ++i) stretch[i] = shuffled(first * batch_ + i);
  std::ranges::stable_sort(stretch, {}, [&](uint64_t example) { return lengths_[example]; });
  const Permutation order(count, key(epoch << 32 | first, kBatchSite));
  const auto begin = stretch.begin() + static_cast<int64_t>(order(batch - first) * batch_);
  return {begin, begin + static_cast<int64_t>(batch_)};
}

}  // namespace lmos::data
