/* Never comes back from its constructor. */
#include <unistd.h>
#include "plugin.h"

__attribute__((constructor)) static void hang(void) {
  for (;;) pause();
}

static const lmos_plugin plugin = {PLAIN_PLUGIN("hanging")};

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  return &plugin;
}
