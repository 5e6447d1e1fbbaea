// The backend plugins that this build has.
#pragma once

#include <string>
#include <vector>

#include "runtime/device.h"
#include "runtime/host_services.h"

namespace lmos::test {

// Names of all plugins of the build that offer lmos.backend/1 and have a device on this machine,
// sorted.
std::vector<std::string> backend_names();
// The backend's first device, open to the end of the process; it records runs if it can.
runtime::Device& backend(const std::string& name);
runtime::HostServices& host_services();

}  // namespace lmos::test
