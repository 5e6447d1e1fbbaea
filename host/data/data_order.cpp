#include "data/data_order.h"

#include <string>

#include "data/permutation.h"
#include "errors/error.h"
#include "random/philox.h"

namespace lmos::data {
namespace {

// Apart from the sites of graph operations with the same seed.
constexpr uint32_t kWindowSite = 0x77696E64, kEpochSite = 0x65706F63;

uint64_t random_bits(uint64_t seed, uint64_t step, uint32_t row, uint32_t site) {
  const random::Words words = random::philox(
      seed, {row, static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32), site});
  return uint64_t{words[1]} << 32 | words[0];
}

// Uniform in [0, size) up to a bias of size / 2^64.
uint64_t scale(uint64_t bits, uint64_t size) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>(Wide{bits} * size >> 64);
}

}  // namespace

DataOrder::DataOrder(uint64_t tokens, const DataOrderOptions& options) : options_(options) {
  if (options.sequence < 1 || options.batch < 1)
    throw Error(ErrorKind::kInternal, "data order: sequence and batch must be at least 1");
  const auto sequence = static_cast<uint64_t>(options.sequence);
  if (tokens <= sequence)
    throw Error(ErrorKind::kInput, "the data set has " + std::to_string(tokens) +
                                       " tokens, but one sequence of " + std::to_string(sequence) +
                                       " tokens and its labels need " +
                                       std::to_string(sequence + 1) +
                                       "; give it more text or shorten dataset.sequence");
  windows_ = tokens - sequence;
  sequences_ = (tokens - 1) / sequence;
}

std::optional<uint64_t> DataOrder::first_token(uint64_t step, int64_t row) const {
  if (options_.sampling == Sampling::kRandomWindows)
    return scale(random_bits(options_.seed, step, static_cast<uint32_t>(row), kWindowSite),
                 windows_);
  const uint64_t index = step * static_cast<uint64_t>(options_.batch) + static_cast<uint64_t>(row);
  const auto sequence = static_cast<uint64_t>(options_.sequence);
  if (options_.sampling == Sampling::kInOrder)
    return index < sequences_ ? std::optional(index * sequence) : std::nullopt;
  const uint64_t epoch = index / sequences_;
  const Permutation shuffled(sequences_, random_bits(options_.seed, epoch, 0, kEpochSite));
  return shuffled(index % sequences_) * sequence;
}

}  // namespace lmos::data
