// Refuses to start, with a message; written with the C++ layer.
#include "llmasos/dataset.h"
#include "llmasos/plugin.hpp"

namespace {

constexpr lmos::sdk::Interface kInterfaces[] = {{LMOS_DATASET_ID, nullptr}};
constexpr lmos::sdk::PluginDefinition kPlugin = {
    .name = "fail_in_init",
    .version = "1",
    .description = "",
    .licence = "",
    .interfaces = kInterfaces,
    .init = [] { throw lmos::sdk::failed("the device is switched off"); },
};

}  // namespace

LMOS_DEFINE_PLUGIN(kPlugin)
