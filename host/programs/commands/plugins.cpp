#include <cstdio>

#include "errors/error.h"
#include "formats/json_text.h"
#include "programs/commands/command.h"
#include "registry/loaded_plugins.h"

namespace lmos {
namespace {

using registry::PluginRecord;

const char* state_text(registry::PluginState state) {
  switch (state) {
    case registry::PluginState::kAvailable:
      return "available";
    case registry::PluginState::kLoaded:
      return "loaded";
    case registry::PluginState::kRefused:
      return "refused";
  }
  return "";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string abi_range(const PluginRecord& record) {
  if (record.abi_max == 0) return "-";
  return std::to_string(record.abi_min) + "-" + std::to_string(record.abi_max);
}

Json as_json(const PluginRecord& record) {
  Json::Array interfaces(record.interfaces.begin(), record.interfaces.end());
  Json json = Json::Object();
  json.set("path", record.path.string());
  json.set("name", record.name);
  json.set("version", record.version);
  json.set("abi_min", record.abi_min);
  json.set("abi_max", record.abi_max);
  json.set("interfaces", std::move(interfaces));
  json.set("description", record.description);
  json.set("licence", record.licence);
  json.set("state", state_text(record.state));
  json.set("reason", record.reason);
  return json;
}

// Every plugin of the folders, after it was loaded and initialised: a plugin that fails then is
// refused with its message.
std::vector<PluginRecord> started(components::Catalogue& catalogue) {
  std::vector<PluginRecord> records = catalogue.registry().list();
  for (PluginRecord& record : records) {
    if (record.state != registry::PluginState::kAvailable) continue;
    try {
      registry::run_plugin(record, catalogue.services().host());
      record.state = registry::PluginState::kLoaded;
    } catch (const Error& error) {
      record.state = registry::PluginState::kRefused;
      record.reason = error.what();
    }
  }
  return records;
}

int list_plugins(const Arguments& arguments, Session& session) {
  session.ask_hung_plugins_again();
  const auto records = started(session.catalogue());
  if (arguments.flag("json")) {
    Json::Array all;
    for (const auto& record : records) all.push_back(as_json(record));
    std::fputs(indented_json(all).c_str(), stdout);
    return 0;
  }
  std::printf("%-14s %-9s %-5s %-9s %-24s %s\n", "name", "version", "ABI", "state", "interfaces",
              "library");
  for (const auto& record : records) {
    std::printf("%-14s %-9s %-5s %-9s %-24s %s\n", record.name.empty() ? "?" : record.name.c_str(),
                record.version.empty() ? "-" : record.version.c_str(), abi_range(record).c_str(),
                state_text(record.state), joined(record.interfaces).c_str(), record.path.c_str());
    if (!record.reason.empty()) std::printf("    %s\n", record.reason.c_str());
  }
  if (records.empty())
    std::puts(
        "No plugin libraries were found; see `llmasos --help` for where they are looked for.");
  return 0;
}

}  // namespace

Command plugins_command() {
  return {{.name = "plugins",
           .summary = "List the plugin libraries: what each offers, or why it was refused.",
           .detail = {},
           .positionals = {},
           .options = {json_option()}},
          list_plugins};
}

}  // namespace lmos
