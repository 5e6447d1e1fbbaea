/* Needs a later version of the ABI. */
#include "plugin.h"

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  static lmos_plugin plugin = {PLAIN_PLUGIN("future_abi")};
  plugin.abi_min = 7;
  plugin.abi_max = 9;
  return &plugin;
}
