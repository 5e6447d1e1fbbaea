/* A plugin in plain C for the tests, right in every point that a file does not change. */
#ifndef LLMASOS_TESTS_REGISTRY_PLUGIN_H
#define LLMASOS_TESTS_REGISTRY_PLUGIN_H

#include <stddef.h>
#include <string.h>

#include "llmasos/plugin.h"

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }
#define COUNTER_ID "org.llmasos.test.counter/1"

/* Tells the test how often the plugin was started and ended. */
typedef struct counter_interface {
  uint32_t struct_size;
  int32_t starts;
  int32_t ends;
} counter_interface;

static const lmos_string plain_interfaces[] = {TEXT(COUNTER_ID)};

static inline lmos_status plain_init(const lmos_host* host) {
  (void)host;
  return LMOS_OK;
}

static inline const void* plain_get_interface(lmos_string id) {
  static const counter_interface counter = {sizeof(counter_interface), 0, 0};
  return id.size == strlen(COUNTER_ID) && memcmp(id.data, COUNTER_ID, id.size) == 0 ? &counter
                                                                                    : NULL;
}

#define PLAIN_PLUGIN(literal)                                                                    \
  .struct_size = sizeof(lmos_plugin), .abi_min = LMOS_ABI_VERSION, .abi_max = LMOS_ABI_VERSION,  \
  .name = TEXT(literal), .version = TEXT("1.2.3"), .description = TEXT("A plugin of the tests"), \
  .licence = TEXT("Apache-2.0"), .interfaces = plain_interfaces, .interface_count = 1,           \
  .init = plain_init, .get_interface = plain_get_interface

#endif
