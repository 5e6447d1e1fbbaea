// The plugin `reference`: the executable specification of the operations, in plain loops over host
// memory.
#include "llmasos/plugin.h"

#include <string_view>

#include "backend.h"

namespace {

constexpr lmos_string literal(std::string_view text) { return {text.data(), text.size()}; }

constexpr lmos_string kInterfaces[] = {literal(LMOS_BACKEND_ID)};

lmos_status init(const lmos_host*) { return LMOS_OK; }

const void* get_interface(lmos_string id) {
  return std::string_view(id.data, id.size) == LMOS_BACKEND_ID ? &lmos::reference::kBackend
                                                               : nullptr;
}

constexpr lmos_plugin kPlugin = {
    .struct_size = sizeof(lmos_plugin),
    .abi_min = LMOS_ABI_VERSION,
    .abi_max = LMOS_ABI_VERSION,
    .name = literal("reference"),
    .version = literal("0.1.0"),
    .description =
        literal("Interprets every operation in plain loops: the executable specification"),
    .licence = literal("Apache-2.0"),
    .interfaces = kInterfaces,
    .interface_count = 1,
    .init = init,
    .get_interface = get_interface,
};

}  // namespace

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info*) { return &kPlugin; }
