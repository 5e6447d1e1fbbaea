// For how long a process had to wait for a processor.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <unordered_map>

namespace lmos::serve {

// Linux counts it for each thread (/proc/PID/task/TID/schedstat, whose second number is
// nanoseconds); where it does not, nobody is known to wait.
class WaitingTime {
 public:
  explicit WaitingTime(pid_t process) : process_(process) {}

  // That of the thread that waited longest, since the last call; 0 at the first.
  std::chrono::nanoseconds passed();

 private:
  pid_t process_;
  std::unordered_map<pid_t, int64_t> threads_;  // by thread: nanoseconds since it began
};

}  // namespace lmos::serve
