// For how long a process had to wait for a processor.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <unordered_map>

namespace lmos::serve {

// Linux counts it for each thread, in /proc/PID/task/TID/schedstat; where it does not, nobody is
// known to wait.
class WaitingTime {
 public:
  explicit WaitingTime(pid_t process) : process_(process) {}

  // That of the thread that waited longest since the last call, which was `since_last` ago; 0 at
  // the first.
  std::chrono::nanoseconds passed(std::chrono::nanoseconds since_last);

 private:
  struct Thread {
    int64_t ran = 0, waited = 0;  // nanoseconds since it began
    bool runnable = false;
  };
  std::unordered_map<pid_t, Thread> look() const;

  pid_t process_;
  std::unordered_map<pid_t, Thread> threads_;
};

}  // namespace lmos::serve
