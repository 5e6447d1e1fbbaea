// lmos.host.config/1: configuration trees as plugins see them.
#pragma once

#include "llmasos/config.h"
#include "llmasos/host.h"
#include "pipeline/config_tree.h"

namespace lmos {

// The service's table, for the process. `host` receives the text of failed calls; there is one a
// process.
const lmos_host_config& config_service(const lmos_host* host);

// The node to hand to a plugin: `tree` itself, which stays where it is for the call.
const lmos_config* config_node(const ConfigTree& tree);

}  // namespace lmos
