// A control group whose memory can be limited, where this machine and this user can make one.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace lmos::test {

class MemoryGroup {
 public:
  MemoryGroup();
  // Its processes have ended.
  ~MemoryGroup();
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  bool made() const { return !folder_.empty(); }
  // As /proc/PID/cgroup says it.
  std::string name() const { return "/" + folder_.filename().string(); }
  // What it starts from now on is in the group too.
  void add(pid_t process);
  // What it started stays.
  void release(pid_t process);
  void limit_to_what_it_uses();
  void unlimit();

 private:
  std::filesystem::path folder_;
  bool version_2_ = false;
};

}  // namespace lmos::test
