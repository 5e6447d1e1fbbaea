// The learning rate over a run.
#pragma once

#include <cstdint>

#include "pipeline/pipeline.h"

namespace lmos::train {

// The learning rate of `step` over the peak, optimizer.lr. Steps count from 0, a run has `steps` of
// them, W = schedule.warmup, m = schedule.min_ratio:
//
//   step < W             (step + 1) / (W + 1)
//   constant             1
//   cosine               m + (1 - m) (1 + cos(pi p)) / 2      p = (step - W) / (steps - W), at most
//   1 linear               m + (1 - m) (1 - p)
//
// This is nanoGPT's schedule. Unlike transformers' warm-up, step / W, its first step is not wasted
// on a rate of 0; after warm-up both agree. `steps` is where the decay ends: a run that goes on
// keeps m.
double learning_rate_ratio(const ScheduleSection& schedule, int64_t step, int64_t steps);

}  // namespace lmos::train
