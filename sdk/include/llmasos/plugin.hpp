// Defines a plugin: one constant and one line.
//
//   constexpr lmos::sdk::Interface kInterfaces[] = {{LMOS_MODEL_ID, &kTable}};
//   constexpr lmos::sdk::PluginDefinition kPlugin = {
//       .name = "llama", .version = "0.1.0", .description = "...", .licence = "Apache-2.0",
//       .interfaces = kInterfaces};
//   LMOS_DEFINE_PLUGIN(kPlugin)
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <type_traits>

#include "llmasos/host.hpp"
#include "llmasos/plugin.h"

namespace lmos::sdk {

struct Interface {
  std::string_view id;  // "lmos.model/1"
  const void* table;    // lmos_model_interface, ...; static
};

struct PluginDefinition {
  std::string_view name;  // what pipelines write after `plugin:`
  std::string_view version;
  std::string_view description;  // one line
  std::string_view licence;      // SPDX identifier
  std::span<const Interface> interfaces;
  void (*init)() = nullptr;    // after host() is set; may throw
  void (*deinit)() = nullptr;  // must not throw
};

namespace detail {

template <const PluginDefinition& definition>
struct PluginEntry {
  static lmos_status init(const lmos_host* given) noexcept {
    detail::host = given;
    return guarded([] {
      if (definition.init != nullptr) definition.init();
    });
  }
  static void deinit() noexcept {
    if (definition.deinit != nullptr) definition.deinit();
  }
  static const void* get_interface(lmos_string id) noexcept {
    for (const Interface& interface : definition.interfaces)
      if (interface.id == view(id)) return interface.table;
    return nullptr;
  }

  static constexpr auto kIds = [] {
    std::array<lmos_string, definition.interfaces.size()> ids = {};
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = borrow(definition.interfaces[i].id);
    return ids;
  }();
  static constexpr lmos_plugin kTable = {
      .struct_size = sizeof(lmos_plugin),
      .abi_min = LMOS_ABI_VERSION,
      .abi_max = LMOS_ABI_VERSION,
      .reserved = 0,
      .name = borrow(definition.name),
      .version = borrow(definition.version),
      .description = borrow(definition.description),
      .licence = borrow(definition.licence),
      .interfaces = kIds.data(),
      .interface_count = kIds.size(),
      .init = &init,
      .deinit = &deinit,
      .get_interface = &get_interface,
  };
};

}  // namespace detail
}  // namespace lmos::sdk

// `definition`: a constexpr PluginDefinition at namespace scope. Once in a library.
#define LMOS_DEFINE_PLUGIN(definition)                                                    \
  extern "C" LMOS_EXPORT const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info*) { \
    return &lmos::sdk::detail::PluginEntry<definition>::kTable;                           \
  }
