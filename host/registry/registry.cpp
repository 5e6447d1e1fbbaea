#include "registry/registry.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "errors/error.h"
#include "pipeline/nearest_name.h"
#include "registry/interface_table.h"
#include "registry/loaded_plugins.h"
#include "registry/plugin_folders.h"
#include "registry/probe_cache.h"
#include "registry/scan.h"

namespace lmos::registry {

namespace {

bool offers(const PluginRecord& record, std::string_view interface) {
  return std::find(record.interfaces.begin(), record.interfaces.end(), interface) !=
         record.interfaces.end();
}

std::vector<std::string> names_of(const std::vector<PluginRecord>& records,
                                  std::string_view interface) {
  std::vector<std::string> names;
  for (const PluginRecord& record : records)
    if (record.state != PluginState::kRefused && offers(record, interface))
      names.push_back(record.name);
  std::sort(names.begin(), names.end());
  return names;
}

ScanOptions scan_options(const RegistryOptions& options) {
  ScanOptions scan = {options.folders, options.probe_program, options.probe_limit,
                      options.ask_hung_again};
  if (options.default_folders) {
    const auto defaults = default_plugin_folders();
    scan.folders.insert(scan.folders.end(), defaults.begin(), defaults.end());
  }
  if (scan.probe_program.empty()) scan.probe_program = program_folder() / "llmasos-plugin-probe";
  return scan;
}

}  // namespace

struct Registry::State {
  const lmos_host* host;
  ScanOptions scan;
  std::filesystem::path cache_folder;

  std::mutex mutex;
  std::optional<std::vector<PluginRecord>> records;  // guarded by mutex

  // A copy, so that no lock is held while a plugin starts.
  std::vector<PluginRecord> all() {
    std::lock_guard lock(mutex);
    if (!records) {
      ProbeCache cache(cache_folder);
      records = registry::scan(scan, cache);
    }
    return *records;
  }

  [[noreturn]] void fail_unknown(const std::vector<PluginRecord>& all, std::string_view interface,
                                 std::string_view plugin) const {
    const std::vector<std::string> known = names_of(all, interface);
    std::string text = "no plugin `" + std::string(plugin) + "` offers " + std::string(interface);
    if (const auto nearest = nearest_name(plugin, known))
      text += "; did you mean `" + *nearest + "`?";
    text += known.empty() ? "\nno plugin offers it" : "\nthese do: " + join_names(known);
    text += "\nsearched in:";
    for (const auto& folder : scan.folders) text += "\n  " + folder.lexically_normal().native();
    for (const PluginRecord& record : all)
      if (record.state == PluginState::kRefused)
        text += "\nrefused: " + record.path.native() + ": " + record.reason;
    throw Error(ErrorKind::kPlugin, text);
  }
};

Registry::Registry(const RegistryOptions& options, const lmos_host* host)
    : state_(new State{host, scan_options(options),
                       options.cache_folder.empty() ? user_cache_folder() : options.cache_folder}) {
}

Registry::~Registry() = default;

std::vector<PluginRecord> Registry::list() {
  std::vector<PluginRecord> records = state_->all();
  for (PluginRecord& record : records)
    if (record.state == PluginState::kAvailable && is_running(record.path))
      record.state = PluginState::kLoaded;
  return records;
}

std::vector<std::string> Registry::names(std::string_view interface) {
  return names_of(state_->all(), interface);
}

const void* Registry::find_table(std::string_view interface, std::string_view plugin) {
  const std::vector<PluginRecord> records = state_->all();
  const auto wanted = [&](const PluginRecord& record) {
    return record.name == plugin && offers(record, interface);
  };
  const auto record = std::find_if(records.begin(), records.end(), wanted);
  if (record == records.end()) state_->fail_unknown(records, interface, plugin);
  const std::string who = "plugin `" + record->name + "` (" + record->path.native() + "): ";
  if (record->state == PluginState::kRefused) throw Error(ErrorKind::kPlugin, who + record->reason);
  const lmos_plugin& running = run_plugin(*record, state_->host);
  const void* table = running.get_interface({interface.data(), interface.size()});
  try {
    check_interface_table(interface, table);
  } catch (const Error& error) {
    throw Error(error.kind(), who + error.what());
  }
  return table;
}

}  // namespace lmos::registry
