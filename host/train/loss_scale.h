// The factor that keeps float16 gradients from vanishing (Micikevicius et al. 2018, *Mixed
// precision training*, section 3.2): the loss is multiplied by it before the backward pass, the
// gradients are divided by it after.
#pragma once

#include <cstdint>

#include "pipeline/pipeline.h"

namespace lmos::train {

struct LossScale {
  double scale = 1;
  int64_t good_steps = 0;  // since the scale changed, or a step was skipped
  int64_t skipped = 0;     // steps of the run whose gradients were not finite

  // After a step. False once the scale is below its minimum.
  bool update(const LossScaleSection& options, bool finite);
};

}  // namespace lmos::train
