/* Has a name that no pipeline could write. */
#include "plugin.h"

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  static lmos_plugin plugin = {PLAIN_PLUGIN("bad_name")};
  plugin.name.data = "Bad Name!";
  plugin.name.size = 9;
  return &plugin;
}
