// What dropout multiplies the probabilities of a block with.
#pragma once

#include "cpu/attention/attention.h"
#include "cpu/random/philox.h"

namespace lmos::cpu::LMOS_ISA {

// Of queries [0, rows) against `count` keys: factors [keys, columns], 0 or dropout.scale. Element
// (query r, key j) is number `first` + r · sequence + j of the dropout's site. `columns` are whole
// vectors of queries; what is beyond `rows` repeats the last.
inline void dropout_factors(const AttentionDropout& dropout, int64_t first, int64_t sequence,
                            int64_t rows, int64_t columns, int64_t count, float* factors) {
  constexpr int kWidth = F32::kWidth;
  const F32 rate = F32::set(dropout.rate), scale = F32::set(dropout.scale);
  alignas(64) float u[kWidth * kKeyBlock];
  for (int64_t c = 0; c < columns; c += kWidth) {
    for (int i = 0; i < kWidth; ++i) {
      const int64_t element = first + smaller(c + i, rows - 1) * sequence;
      uniform_run(dropout.state, dropout.site, static_cast<uint64_t>(element), kKeyBlock,
                  u + i * kKeyBlock);
    }
    for (int64_t j = 0; j < count; j += kWidth) {
      F32 keys[kWidth];
      for (int i = 0; i < kWidth; ++i) keys[i] = F32::load(u + i * kKeyBlock + j);
      transpose(keys);
      for (int k = 0; k < kWidth && j + k < count; ++k) {
        select(less(keys[k], rate), F32::zero(), scale).store(factors + (j + k) * columns + c);
      }
    }
  }
}

}  // namespace lmos::cpu::LMOS_ISA
