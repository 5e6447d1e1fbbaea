// Gives the SDK's C++ layer the process's real host, as init does in a plugin.
#pragma once

#include "llmasos/host.hpp"
#include "pipeline/config_service.h"
#include "runtime/host_services.h"

namespace lmos::sdk {

inline void use_test_host() {
  static runtime::HostServices services(2);
  static const bool once = [] {
    services.add(LMOS_HOST_CONFIG_ID, &config_service(services.host()));
    return true;
  }();
  (void)once;
  detail::host = services.host();
}

}  // namespace lmos::sdk
