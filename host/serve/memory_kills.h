// Whether the kernel killed a process for lack of memory, as its control group counts.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace lmos::serve {

// Of one process, from its start. Each kill that the kernel counted is told of one process only,
// though several share a group. On one thread only.
class MemoryKills {
 public:
  // Of a process that runs: one that has ended has left its group.
  explicit MemoryKills(pid_t process);

  // Once it has ended by SIGKILL: "/system.slice/llmasosd.service" if the count of that group has
  // risen. Without a value too where no count can be read.
  std::optional<std::string> group_that_ran_out();

 private:
  std::optional<int64_t> count() const;

  std::string group_;
  std::filesystem::path file_;  // that holds the count; empty: none
};

}  // namespace lmos::serve
