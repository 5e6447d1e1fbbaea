#include "train/loss_scale.h"

namespace lmos::train {

bool LossScale::update(const LossScaleSection& options, bool finite) {
  if (!finite) {
    scale *= options.backoff;
    good_steps = 0;
    ++skipped;
  } else if (++good_steps >= options.interval) {
    scale *= options.growth;
    good_steps = 0;
  }
  return scale >= options.minimum;
}

}  // namespace lmos::train
