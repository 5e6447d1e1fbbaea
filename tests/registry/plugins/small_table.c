/* Offers a table that ends early. */
#include "llmasos/dataset.h"

#include "plugin.h"

static const lmos_string interfaces[] = {TEXT(LMOS_DATASET_ID)};
static lmos_dataset_interface table = {.struct_size = 24};

static const void* get_interface(lmos_string id) {
  (void)id;
  return &table;
}

const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host) {
  (void)host;
  static lmos_plugin plugin = {PLAIN_PLUGIN("small_table")};
  plugin.interfaces = interfaces;
  plugin.get_interface = get_interface;
  return &plugin;
}
