#include "serve/waiting_time.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>

namespace lmos::serve {

std::chrono::nanoseconds WaitingTime::passed() {
  const bool first = threads_.empty();
  std::unordered_map<pid_t, int64_t> threads;
  int64_t longest = 0;
  std::error_code error;
  const std::filesystem::path folder = "/proc/" + std::to_string(process_) + "/task";
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    pid_t thread = 0;
    std::from_chars(name.data(), name.data() + name.size(), thread);
    std::ifstream file(entry->path() / "schedstat");
    int64_t ran = 0, waited = 0;
    if (!(file >> ran >> waited)) continue;
    threads[thread] = waited;
    const auto before = threads_.find(thread);
    longest = std::max(longest, waited - (before == threads_.end() ? 0 : before->second));
  }
  threads_ = std::move(threads);
  return std::chrono::nanoseconds(first ? 0 : longest);
}

}  // namespace lmos::serve
