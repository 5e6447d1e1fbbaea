#include "registry/loaded_plugins.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "errors/error.h"
#include "plugin_library/library.h"
#include "plugin_library/plugin_table.h"
#include "runtime/status.h"

namespace lmos::registry {

namespace {

struct Started {
  std::filesystem::path path;
  const lmos_plugin* table;  // null: it failed
  std::string failure;       // init is called once, so a failure stays
};

struct State {
  std::mutex mutex;
  std::vector<Started> started;  // in order; guarded by mutex
};

State& state() {
  static auto& state = *new State;  // outlives every static destructor
  return state;
}

// Calls a plugin's function, from which no exception should come.
template <class Call>
auto guarded(const char* function, Call&& call) {
  try {
    return call();
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kPlugin,
                std::string("its ") + function +
                    " threw an exception, which no plugin may: " + error.what());
  } catch (...) {
    throw Error(ErrorKind::kPlugin,
                std::string("its ") + function + " threw an exception, which no plugin may");
  }
}

const lmos_plugin* start(const std::filesystem::path& path, const lmos_host* host) {
  const lmos_plugin_query_fn query = load_library(path);
  const lmos_plugin* table = guarded("query", [&] { return query(&host_info()); });
  if (table == nullptr) throw Error(ErrorKind::kPlugin, "its query returned no table");
  const PluginRecord record = describe(path, *table);
  if (record.state == PluginState::kRefused) throw Error(ErrorKind::kPlugin, record.reason);
  runtime::check(guarded("init", [&] { return table->init(host); }), "its init failed");
  return table;
}

}  // namespace

const lmos_plugin& run_plugin(const PluginRecord& record, const lmos_host* host) {
  std::lock_guard lock(state().mutex);
  auto& started = state().started;
  auto plugin = std::find_if(started.begin(), started.end(),
                             [&](const Started& other) { return other.path == record.path; });
  if (plugin == started.end()) {
    Started attempt = {record.path, nullptr, ""};
    try {
      attempt.table = start(record.path, host);
    } catch (const Error& error) {
      attempt.failure = error.what();
    }
    plugin = started.insert(started.end(), std::move(attempt));
  }
  if (plugin->table == nullptr)
    throw Error(ErrorKind::kPlugin,
                "plugin `" + record.name + "` (" + record.path.native() + "): " + plugin->failure);
  return *plugin->table;
}

bool is_running(const std::filesystem::path& path) {
  std::lock_guard lock(state().mutex);
  const auto& started = state().started;
  return std::any_of(started.begin(), started.end(), [&](const Started& plugin) {
    return plugin.path == path && plugin.table != nullptr;
  });
}

void end_plugins() {
  std::lock_guard lock(state().mutex);
  auto& started = state().started;
  for (; !started.empty(); started.pop_back()) {
    const lmos_plugin* table = started.back().table;
    if (table != nullptr && table->deinit != nullptr) guarded("deinit", [&] { table->deinit(); });
  }
}

}  // namespace lmos::registry
