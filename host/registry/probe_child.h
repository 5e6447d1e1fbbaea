// One child process that looks at one library.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "registry/probe.h"

namespace lmos::registry {

class ProbeChild {
 public:
  using Clock = std::chrono::steady_clock;

  // Throws Error(kPlugin) if the program can't be started.
  ProbeChild(const std::filesystem::path& library, const std::filesystem::path& program,
             std::chrono::milliseconds limit);
  ~ProbeChild();  // kills it if it still runs
  ProbeChild(const ProbeChild&) = delete;
  ProbeChild& operator=(const ProbeChild&) = delete;

  int pipe() const { return pipe_; }
  Clock::time_point deadline() const { return deadline_; }
  // Reads what the pipe holds without blocking. False once there will be no more.
  bool read();
  // Ends the child and says what it found.
  ProbeResult finish();

 private:
  // Kills and reaps; returns the status of waitpid.
  int end();
  PluginRecord interrupted(int status) const;
  std::string stage() const;  // what it was doing

  std::filesystem::path library_;
  Clock::time_point deadline_;
  std::chrono::milliseconds limit_;
  int pipe_ = -1;
  pid_t process_ = -1;
  std::string output_;
};

}  // namespace lmos::registry
