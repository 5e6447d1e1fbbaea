// The table that plugins receive: log, error text, and services found by id.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "llmasos/host.h"
#include "runtime/thread_pool.h"

namespace lmos::runtime {

// What a plugin reports of a long call; returns false when the call should be cancelled. Called on
// any thread.
using ProgressHandler = std::function<bool(std::string_view what, uint64_t done, uint64_t total)>;

// One for the process; outlives every plugin call. It offers lmos.host.threads/1 and
// lmos.host.progress/1 itself.
class HostServices {
 public:
  // `threads`: as of ThreadPool.
  explicit HostServices(uint32_t threads = 0);
  HostServices(const HostServices&) = delete;
  HostServices& operator=(const HostServices&) = delete;

  const lmos_host* host() const { return &host_; }
  ThreadPool& threads() { return *threads_; }
  // Replaces the pool by one of that size. While no plugin call runs.
  void set_threads(uint32_t threads) { threads_ = std::make_unique<ThreadPool>(threads); }

  // Registers a service's table, which stays valid to the end of the process. Throws kInternal if
  // the id is taken. Before plugins are loaded; not thread-safe.
  void add(std::string_view id, const void* table);
  // Replaces the handler; without one every report is dropped and nothing is cancelled. Not while
  // plugins run.
  void set_progress(ProgressHandler handler) { progress_ = std::move(handler); }
  // The host's own long work, shown like a plugin's. False when it should be cancelled.
  bool report_progress(std::string_view what, uint64_t done, uint64_t total) const {
    return !progress_ || progress_(what, done, total);
  }

 private:
  static HostServices& of(const lmos_host* host);
  static void log(const lmos_host* host, int32_t level, lmos_string message);
  static void set_error(const lmos_host* host, lmos_string message);
  static const void* get_service(const lmos_host* host, lmos_string id);
  static lmos_status report(const lmos_host* host, lmos_string what, uint64_t done, uint64_t total);

  std::unique_ptr<ThreadPool> threads_;
  ProgressHandler progress_;
  lmos_host_threads threads_table_;
  lmos_host_progress progress_table_;
  std::map<std::string, const void*, std::less<>> services_;
  lmos_host host_;
};

// The text that a plugin's failed call on this thread left, which is then forgotten. Empty if it
// left none.
std::string take_plugin_error();

}  // namespace lmos::runtime
