// The plugin, started in this process, with the sections that it is to be given.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "llmasos/plugin.h"
#include "llmasos/schema.h"
#include "pipeline/config_tree.h"
#include "plugin_library/plugin_record.h"
#include "registry/interface_table.h"
#include "runtime/host_services.h"

namespace lmos::check {

// From the command line.
struct Given {
  std::map<std::string, std::string, std::less<>> sections;  // YAML, by "model", "dataset", ...
  std::string tokenizer_file;
};

class PluginUnderCheck {
 public:
  // Starts it. Throws Error(kPlugin) as the registry does.
  PluginUnderCheck(const registry::PluginRecord& record, const Given& given);

  const registry::PluginRecord& record() const { return record_; }
  const Given& given() const { return given_; }
  const lmos_plugin& plugin() const { return *plugin_; }
  const lmos_host* host() const { return services_.host(); }

  // The table of an interface that the plugin names, checked as the registry does.
  template <class Table>
  const Table& table(std::string_view id) const {
    return *static_cast<const Table*>(find_table(id));
  }

  // The section to hand to the plugin: what the command line gave as `option`, or else small values
  // for the fields that are required; completed with the plugin's defaults. Throws Skipped if a
  // required field can't be guessed.
  ConfigTree section(std::string_view option, const lmos_field* fields, uint64_t count) const;

 private:
  const void* find_table(std::string_view id) const;

  const registry::PluginRecord& record_;
  const Given& given_;
  runtime::HostServices services_;
  const lmos_plugin* plugin_;
};

}  // namespace lmos::check
