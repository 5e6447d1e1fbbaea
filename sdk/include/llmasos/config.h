/* lmos.host.config/1: the typed configuration tree. Plugins parse no YAML and no JSON: the host
 * hands them nodes of this tree, already checked against the fields that they declared
 * (llmasos/schema.h), with defaults filled in. */
#ifndef LLMASOS_CONFIG_H
#define LLMASOS_CONFIG_H

#include "llmasos/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LMOS_HOST_CONFIG_ID "lmos.host.config/1"

enum {
  LMOS_CONFIG_NULL = 0,
  LMOS_CONFIG_BOOL = 1,
  LMOS_CONFIG_INT = 2,
  LMOS_CONFIG_FLOAT = 3,
  LMOS_CONFIG_STRING = 4,
  LMOS_CONFIG_LIST = 5,
  LMOS_CONFIG_MAP = 6
};

/* A node; the host's, valid for the call it is passed to. Strings from it live as long. All
 * functions [any-thread]. */
typedef struct lmos_config lmos_config;

typedef struct lmos_host_config {
  uint32_t struct_size;
  uint32_t reserved;
  int32_t (*kind)(const lmos_config* node);
  /* Elements of a list or map, else 0. */
  uint64_t (*size)(const lmos_config* node);
  /* A map's value by key; NULL if absent or not a map. */
  const lmos_config* (*get)(const lmos_config* node, lmos_string key);
  /* Element of a list or map in file order; NULL past the end. `key`, if not NULL, receives a map's
   * key. */
  const lmos_config* (*at)(const lmos_config* node, uint64_t index, lmos_string* key);
  /* Scalars; LMOS_INVALID with an error that names the place if the kind does not fit. as_float
   * accepts ints. */
  lmos_status (*as_bool)(const lmos_config* node, int32_t* value);
  lmos_status (*as_int)(const lmos_config* node, int64_t* value);
  lmos_status (*as_float)(const lmos_config* node, double* value);
  lmos_status (*as_string)(const lmos_config* node, lmos_string* value);
  /* "file:line:column: a.b.c" for messages. */
  lmos_string (*place)(const lmos_config* node);
} lmos_host_config;

/* Where a plugin writes a tree, for instance a Hugging Face config.json. In a list, keys are empty.
 * [instance] */
typedef struct lmos_config_writer lmos_config_writer;
struct lmos_config_writer {
  uint32_t struct_size;
  uint32_t reserved;
  void* context; /* the host's */
  lmos_status (*put_null)(lmos_config_writer* writer, lmos_string key);
  lmos_status (*put_bool)(lmos_config_writer* writer, lmos_string key, int32_t value);
  lmos_status (*put_int)(lmos_config_writer* writer, lmos_string key, int64_t value);
  lmos_status (*put_float)(lmos_config_writer* writer, lmos_string key, double value);
  lmos_status (*put_string)(lmos_config_writer* writer, lmos_string key, lmos_string value);
  lmos_status (*begin_map)(lmos_config_writer* writer, lmos_string key);
  lmos_status (*begin_list)(lmos_config_writer* writer, lmos_string key);
  lmos_status (*end)(lmos_config_writer* writer);
};

#ifdef __cplusplus
}
#endif
#endif
