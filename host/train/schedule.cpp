#include "train/schedule.h"

#include <cmath>
#include <numbers>

namespace lmos::train {

double learning_rate_ratio(const ScheduleSection& schedule, int64_t step, int64_t steps) {
  const int64_t warmup = schedule.warmup;
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup + 1);
  const double progress =
      step >= steps ? 1.0
                    : static_cast<double>(step - warmup) / static_cast<double>(steps - warmup);
  const double range = 1 - schedule.min_ratio;
  switch (schedule.kind) {
    case ScheduleKind::kConstant:
      return 1;
    case ScheduleKind::kLinear:
      return schedule.min_ratio + range * (1 - progress);
    case ScheduleKind::kCosine:
      return schedule.min_ratio + range * 0.5 * (1 + std::cos(std::numbers::pi * progress));
  }
  return 1;
}

}  // namespace lmos::train
