// Notices a worker that hangs.
#pragma once

#include <sys/types.h>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "serve/waiting_time.h"

namespace lmos::serve {

// Counts the time for which a worker says nothing, and for which it gets nowhere. That is the
// worker's own time: what it spends waiting for a processor of a busy machine does not count, nor
// does a time in which this process itself stood still, as when the whole machine was frozen.
//
// On the loop's thread only. `bite`, called from the loop at most once, may destroy it.
class Watchdog {
 public:
  // A process in which `worker` runs. `bite` hears why: "was killed, for it sent nothing in 60 s".
  Watchdog(boost::asio::io_context& loop, pid_t worker, double silent_seconds,
           std::function<void(const std::string& why)> bite);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // It has spoken. Before its first word it may be silent.
  void heard();
  // It has got somewhere, and has `seconds` for the next step. `failing`: what it does by failing
  // to, as "made no progress in". Before the first call it may take its time.
  void expect_more(double seconds, std::string failing);
  void progressed() { stalled_ = {}; }

 private:
  using Duration = std::chrono::steady_clock::duration;

  void wait();
  void count();

  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for handlers on their way
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point last_count_;
  WaitingTime waiting_;
  const double silent_limit_;
  double stalled_limit_ = 0;  // seconds; 0: none
  std::string failing_;
  bool spoke_ = false;
  Duration silent_{}, stalled_{};
  std::function<void(const std::string& why)> bite_;
};

}  // namespace lmos::serve
