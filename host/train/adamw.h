// The constants of the optimizer.
#pragma once

#include <array>
#include <cstdint>

namespace lmos::train {

struct AdamW {
  double beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8, weight_decay = 0;
};

// The operand `hyper` of the op adamw (docs/ops.md) at step `step`, counted from 0. The corrections
// 1 - βᵗ are those of the betas as float32 holds them, since these are what the moments decay by:
// with β2 = 0.999 the difference is 1.3e-5 of the first steps' updates.
std::array<float, 7> adamw_hyper(const AdamW& adamw, int64_t step, double learning_rate);

}  // namespace lmos::train
