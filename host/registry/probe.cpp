#include "registry/probe.h"

#include <poll.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "errors/error.h"
#include "registry/probe_child.h"

namespace lmos::registry {

namespace {

struct Running {
  size_t index;  // of the library
  std::unique_ptr<ProbeChild> child;
};

// Waits until some child has said something or is out of time.
void wait(const std::vector<Running>& running) {
  std::vector<pollfd> pipes;
  auto first = ProbeChild::Clock::time_point::max();
  for (const Running& each : running) {
    pipes.push_back({each.child->pipe(), POLLIN, 0});
    first = std::min(first, each.child->deadline());
  }
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(first - ProbeChild::Clock::now()).count();
  poll(pipes.data(), pipes.size(), static_cast<int>(std::clamp<int64_t>(left, 0, 1000)));
}

}  // namespace

std::vector<ProbeResult> probe_libraries(const std::vector<std::filesystem::path>& libraries,
                                         const std::filesystem::path& program,
                                         std::chrono::milliseconds limit) {
  // A hanging library shall not hold up the others, so there are more than the processors could
  // use.
  const size_t parallel = std::max<size_t>(8, std::thread::hardware_concurrency());
  std::vector<ProbeResult> results(libraries.size());
  std::vector<Running> running;
  size_t next = 0;
  while (next < libraries.size() || !running.empty()) {
    while (next < libraries.size() && running.size() < parallel) {
      const size_t index = next++;
      try {
        running.push_back({index, std::make_unique<ProbeChild>(libraries[index], program, limit)});
      } catch (const Error& error) {
        results[index].record.path = libraries[index];
        results[index].record.state = PluginState::kRefused;
        results[index].record.reason = error.what();
      }
    }
    if (running.empty()) continue;
    wait(running);
    std::erase_if(running, [&](Running& each) {
      if (each.child->read() && ProbeChild::Clock::now() < each.child->deadline()) return false;
      results[each.index] = each.child->finish();
      return true;
    });
  }
  return results;
}

}  // namespace lmos::registry
