/* Ends the process while it is loaded. */
#include <stdlib.h>
#include "plugin.h"

__attribute__((constructor)) static void leave(void) { exit(3); }

static const lmos_plugin plugin = {PLAIN_PLUGIN("exiting")};

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  return &plugin;
}
