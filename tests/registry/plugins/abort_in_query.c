/* Aborts when it is asked what it is. */
#include <stdlib.h>

#include "plugin.h"

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  abort();
}
