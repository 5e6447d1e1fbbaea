/* The entry of a plugin: one exported function, pure, that says what the library is. Negotiation
 * comes before any other plugin code runs: the host calls init only when [abi_min, abi_max]
 * contains the host's LMOS_ABI_VERSION. */
#ifndef LLMASOS_PLUGIN_H
#define LLMASOS_PLUGIN_H

#include "llmasos/host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LMOS_ABI_VERSION 1u
#define LMOS_PLUGIN_SYMBOL "lmos_plugin_query_v1"

typedef struct lmos_host_info {
  uint32_t struct_size;
  uint32_t abi_version;
  lmos_string name;    /* "llmasos" */
  lmos_string version; /* "0.1.0" */
} lmos_host_info;

/* The plugin's; constant for the life of the process (libraries are never unloaded). */
typedef struct lmos_plugin {
  uint32_t struct_size;
  uint32_t abi_min, abi_max;
  uint32_t reserved;
  lmos_string name; /* what pipelines write after `plugin:`, e.g. "llama" */
  lmos_string version;
  lmos_string description; /* one line */
  lmos_string licence;     /* SPDX identifier */
  const lmos_string* interfaces;
  uint64_t interface_count;
  /* Once, before any other call. `host` stays valid. [load] */
  lmos_status (*init)(const lmos_host* host);
  /* Once, at the end of the process; no call follows. May be NULL. [load] */
  void (*deinit)(void);
  /* The table of an interface by id; NULL if absent. Constant. [any-thread] */
  const void* (*get_interface)(lmos_string id);
} lmos_plugin;

typedef const lmos_plugin* (*lmos_plugin_query_fn)(const lmos_host_info* host);

#if defined(__GNUC__)
#define LMOS_EXPORT __attribute__((visibility("default")))
#else
#define LMOS_EXPORT
#endif

/* Pure: no allocation, no device call, no I/O, no exception. [any-thread] */
LMOS_EXPORT const lmos_plugin* lmos_plugin_query_v1(const lmos_host_info* host);

#ifdef __cplusplus
}
#endif
#endif
