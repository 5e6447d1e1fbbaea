// The plugin `cpu`: operations on this machine's processors.
#include "llmasos/plugin.hpp"

#include "backend.h"

namespace {

constexpr lmos::sdk::Interface kInterfaces[] = {
    {LMOS_BACKEND_ID, &lmos::backend_cpu::kBackend},
};
constexpr lmos::sdk::PluginDefinition kPlugin = {
    .name = "cpu",
    .version = "0.1.0",
    .description = "Runs operations on the processors of this machine",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace

LMOS_DEFINE_PLUGIN(kPlugin)
