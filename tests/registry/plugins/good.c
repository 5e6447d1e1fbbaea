/* Works, and counts. */
#include "plugin.h"

static counter_interface counter = {sizeof(counter_interface), 0, 0};

static lmos_status init(const lmos_host* host) {
  (void)host;
  ++counter.starts;
  return LMOS_OK;
}

static void deinit(void) { ++counter.ends; }

static const void* get_interface(lmos_string id) {
  return plain_get_interface(id) == NULL ? NULL : &counter;
}

static const lmos_plugin plugin = {
    .struct_size = sizeof(lmos_plugin),
    .abi_min = LMOS_ABI_VERSION,
    .abi_max = LMOS_ABI_VERSION + 1,
    .name = TEXT("good"),
    .version = TEXT("1.2.3"),
    .description = TEXT("Counts its starts"),
    .licence = TEXT("Apache-2.0"),
    .interfaces = plain_interfaces,
    .interface_count = 1,
    .init = init,
    .deinit = deinit,
    .get_interface = get_interface,
};

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  return &plugin;
}
