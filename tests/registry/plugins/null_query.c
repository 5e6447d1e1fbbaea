/* Answers the query with nothing. */
#include "plugin.h"

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  return NULL;
}
