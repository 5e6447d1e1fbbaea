/* Its lmos_plugin ends early. */
#include "plugin.h"

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  static lmos_plugin plugin = {PLAIN_PLUGIN("small_plugin")};
  plugin.struct_size = 64;
  return &plugin;
}
