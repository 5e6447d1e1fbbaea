#include "serve/watchdog.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>

namespace lmos::serve {
namespace {

std::string with_seconds(const std::string& text, double seconds) {
  char digits[32];
  std::snprintf(digits, sizeof digits, " %g s", seconds);
  return text + digits;
}

}  // namespace

Watchdog::Watchdog(boost::asio::io_context& loop, pid_t worker, double silent_seconds,
                   std::function<void(const std::string& why)> bite)
    : timer_(loop),
      last_count_(std::chrono::steady_clock::now()),
      waiting_(worker),
      silent_limit_(silent_seconds),
      bite_(std::move(bite)) {
  wait();
}

void Watchdog::heard() {
  spoke_ = true;
  silent_ = {};
}

void Watchdog::expect_more(double seconds, std::string failing) {
  stalled_limit_ = seconds;
  failing_ = std::move(failing);
  stalled_ = {};
}

void Watchdog::wait() {
  const double limit = stalled_limit_ > 0 ? std::min(silent_limit_, stalled_limit_) : silent_limit_;
  const auto step =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(limit / 4, 1.0)));
  timer_.expires_after(step);
  timer_.async_wait([this, step, alive = std::weak_ptr(alive_)](boost::system::error_code error) {
    if (error || alive.expired()) return;
    const auto now = std::chrono::steady_clock::now();
    // A step that took longer did so since this process was held up, and perhaps the worker too.
    Duration passed = std::min<Duration>(now - last_count_, step);
    passed -= std::min<Duration>(passed, waiting_.passed(now - last_count_));
    last_count_ = now;
    silent_ += passed;
    stalled_ += passed;
    count();
  });
}

void Watchdog::count() {
  using Seconds = std::chrono::duration<double>;
  const bool silent = spoke_ && silent_ > Seconds(silent_limit_);
  const bool stalled = stalled_limit_ > 0 && stalled_ > Seconds(stalled_limit_);
  if (!silent && !stalled) return wait();
  const auto bite = std::exchange(bite_, {});
  bite("was killed, for it " + (silent ? with_seconds("sent nothing in", silent_limit_)
                                       : with_seconds(failing_, stalled_limit_)));
}

}  // namespace lmos::serve
