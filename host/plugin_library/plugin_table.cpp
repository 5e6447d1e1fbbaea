#include "plugin_library/plugin_table.h"

#include <algorithm>
#include <string_view>

#include "errors/error.h"
#include "llmasos/v1_sizes.h"

namespace lmos::registry {

namespace {

constexpr uint64_t kMostInterfaces = 64;
constexpr size_t kLongestName = 64;
constexpr size_t kLongestText = 512;

constexpr std::string_view kHostName = "llmasos";
constexpr std::string_view kHostVersion = LLMASOS_VERSION;

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::kPlugin, why); }

std::string text(const char* member, lmos_string value, size_t longest) {
  const std::string name = std::string("its ") + member;
  if (value.size != 0 && value.data == nullptr) refuse(name + " has a size but no text");
  if (value.size > longest) refuse(name + " is longer than " + std::to_string(longest) + " bytes");
  std::string copy(value.data == nullptr ? "" : value.data, value.size);
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(copy.begin(), copy.end(), control)) refuse(name + " has control characters");
  return copy;
}

bool all_of_set(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

// "lmos.model/1", "com.vendor.x/12"
bool is_interface_id(std::string_view id) {
  const size_t slash = id.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == id.size()) return false;
  const std::string_view version = id.substr(slash + 1);
  return all_of_set(id.substr(0, slash), "._-") &&
         version.find_first_not_of("0123456789") == std::string_view::npos;
}

void check_abi(const lmos_plugin& table) {
  if (table.struct_size < LMOS_PLUGIN_V1_SIZE)
    refuse("its lmos_plugin has " + std::to_string(table.struct_size) + " bytes; ABI 1 has " +
           std::to_string(LMOS_PLUGIN_V1_SIZE));
  if (table.abi_min <= LMOS_ABI_VERSION && LMOS_ABI_VERSION <= table.abi_max) return;
  const std::string host = std::to_string(LMOS_ABI_VERSION);
  refuse("it needs ABI " + std::to_string(table.abi_min) + " to " + std::to_string(table.abi_max) +
         ", and this host offers ABI " + host + " to " + host +
         "; build it for this version of LLMasOS");
}

void read(const lmos_plugin& table, PluginRecord& record) {
  record.name = text("name", table.name, kLongestName);
  if (record.name.empty() || !all_of_set(record.name, "_-"))
    refuse("its name `" + record.name + "` must be made of a-z, 0-9, `_` and `-`");
  record.version = text("version", table.version, kLongestName);
  if (record.version.empty()) refuse("it states no version");
  record.description = text("description", table.description, kLongestText);
  record.licence = text("licence", table.licence, kLongestText);
  if (table.interface_count == 0 || table.interfaces == nullptr) refuse("it offers no interface");
  if (table.interface_count > kMostInterfaces)
    refuse("it offers " + std::to_string(table.interface_count) + " interfaces, more than " +
           std::to_string(kMostInterfaces));
  for (uint64_t i = 0; i < table.interface_count; ++i) {
    std::string id = text("interface id", table.interfaces[i], kLongestName);
    if (!is_interface_id(id))
      refuse("its interface `" + id + "` is not an id such as lmos.model/1");
    if (std::find(record.interfaces.begin(), record.interfaces.end(), id) !=
        record.interfaces.end())
      refuse("it names the interface " + id + " twice");
    record.interfaces.push_back(std::move(id));
  }
  if (table.init == nullptr) refuse("its mandatory function `init` is missing");
  if (table.get_interface == nullptr) refuse("its mandatory function `get_interface` is missing");
}

}  // namespace

const lmos_host_info& host_info() {
  static constexpr lmos_host_info info = {
      .struct_size = sizeof(lmos_host_info),
      .abi_version = LMOS_ABI_VERSION,
      .name = {kHostName.data(), kHostName.size()},
      .version = {kHostVersion.data(), kHostVersion.size()},
  };
  return info;
}

PluginRecord describe(const std::filesystem::path& path, const lmos_plugin& table) {
  PluginRecord record;
  record.path = path;
  try {
    record.abi_min = table.abi_min;
    record.abi_max = table.abi_max;
    check_abi(table);
    read(table, record);
  } catch (const Error& error) {
    record.state = PluginState::kRefused;
    record.reason = error.what();
  }
  return record;
}

}  // namespace lmos::registry
