/* Crashes while it is loaded. */
#include <signal.h>
#include "plugin.h"

__attribute__((constructor)) static void crash(void) { raise(SIGSEGV); }

static const lmos_plugin plugin = {PLAIN_PLUGIN("crashing")};

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  return &plugin;
}
