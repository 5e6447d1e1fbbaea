#include "serve/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace lmos::serve {

void RateLimit::refill(Clock::time_point now) {
  const std::chrono::duration<double, std::ratio<60>> minutes = now - at_;
  left_ = std::min(per_minute_, left_ + per_minute_ * minutes.count());
  at_ = now;
}

void RateLimit::take(double amount, Clock::time_point now) {
  refill(now);
  left_ -= amount;
}

int RateLimit::seconds_until(double amount, Clock::time_point now) {
  refill(now);
  const double missing = std::min(amount, per_minute_) - left_;
  return missing <= 0 ? 0 : static_cast<int>(std::ceil(60 * missing / per_minute_));
}

}  // namespace lmos::serve
