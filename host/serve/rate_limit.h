// How much a client may use in a minute.
#pragma once

#include <chrono>
#include <cstdint>

namespace lmos::serve {

// A bucket of `per_minute` that refills evenly and starts full. What is taken may exceed what is
// left, since the size of an answer is known only afterwards: then the next one waits longer.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  RateLimit(int64_t per_minute, Clock::time_point now)
      : per_minute_(static_cast<double>(per_minute)), left_(per_minute_), at_(now) {}

  void take(double amount, Clock::time_point now);
  // Seconds until `amount` is there, rounded up; 0: it is. An amount beyond a minute's waits for a
  // full bucket.
  int seconds_until(double amount, Clock::time_point now);

 private:
  void refill(Clock::time_point now);

  double per_minute_, left_;
  Clock::time_point at_;
};

}  // namespace lmos::serve
