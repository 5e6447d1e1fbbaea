/* Has no init. */
#include "plugin.h"

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  static lmos_plugin plugin = {PLAIN_PLUGIN("no_init")};
  plugin.init = NULL;
  return &plugin;
}
