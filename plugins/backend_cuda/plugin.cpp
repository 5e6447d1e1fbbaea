// The plugin `cuda`: operations on NVIDIA GPUs.
#include "llmasos/plugin.hpp"

#include "backend.h"

namespace {

constexpr lmos::sdk::Interface kInterfaces[] = {
    {LMOS_BACKEND_ID, &lmos::backend_cuda::kBackend},
    {LMOS_CAPTURE_ID, &lmos::backend_cuda::kCapture},
};
constexpr lmos::sdk::PluginDefinition kPlugin = {
    .name = "cuda",
    .version = "0.1.0",
    .description = "Runs operations on NVIDIA GPUs",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace

LMOS_DEFINE_PLUGIN(kPlugin)
