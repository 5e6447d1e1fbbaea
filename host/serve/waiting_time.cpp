#include "serve/waiting_time.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace lmos::serve {
namespace {

// The field after the name, which may hold anything.
bool is_runnable(const std::filesystem::path& thread) {
  std::ifstream file(thread / "stat");
  std::string line;
  std::getline(file, line);
  const size_t name_end = line.rfind(") ");
  return name_end != std::string::npos && line.compare(name_end + 2, 1, "R") == 0;
}

}  // namespace

std::unordered_map<pid_t, WaitingTime::Thread> WaitingTime::look() const {
  std::unordered_map<pid_t, Thread> threads;
  std::error_code error;
  const std::filesystem::path folder = "/proc/" + std::to_string(process_) + "/task";
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    pid_t id = 0;
    std::from_chars(name.data(), name.data() + name.size(), id);
    Thread thread;
    std::ifstream file(entry->path() / "schedstat");
    if (!(file >> thread.ran >> thread.waited)) continue;
    thread.runnable = is_runnable(entry->path());
    threads[id] = thread;
  }
  return threads;
}

std::chrono::nanoseconds WaitingTime::passed(std::chrono::nanoseconds since_last) {
  const auto before = std::exchange(threads_, look());
  int64_t longest = 0;
  for (const auto& [id, now] : threads_) {
    const auto found = before.find(id);
    if (found == before.end()) continue;
    const Thread& then = found->second;
    longest = std::max(longest, now.waited - then.waited);
    // Linux adds the time once it is over.
    if (now.runnable && then.runnable && now.ran == then.ran && now.waited == then.waited)
      longest = std::max<int64_t>(longest, since_last.count());
  }
  return std::chrono::nanoseconds(longest);
}

}  // namespace lmos::serve
