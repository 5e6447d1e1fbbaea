/* The fields of a plugin's own section in a pipeline file. The host checks the section against
 * them, completes it with the defaults, and writes them into the JSON Schema and the reference. */
#ifndef LLMASOS_SCHEMA_H
#define LLMASOS_SCHEMA_H

#include "llmasos/types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  LMOS_FIELD_BOOL = 1,
  LMOS_FIELD_INT = 2,
  LMOS_FIELD_FLOAT = 3,
  LMOS_FIELD_STRING = 4,
  LMOS_FIELD_LIST = 5,    /* of `element` */
  LMOS_FIELD_SECTION = 6, /* a map with `fields` */
  LMOS_FIELD_ANY = 7
};

/* What the plugin does with a path in a string, a list of strings or a value of any type. Jobs of
   llmasosd may name such paths inside configured folders only. */
enum {
  LMOS_PATH_NONE = 0, /* it is no path */
  LMOS_PATH_READ = 1, /* a file, a folder, or a pattern for files, that is read */
  LMOS_PATH_LOAD = 2  /* holds code that is loaded; jobs may not set it */
};

/* The plugin's; constant for the life of the process. */
typedef struct lmos_field {
  uint32_t struct_size;
  int32_t type;
  lmos_string name;
  lmos_string doc;           /* one sentence */
  lmos_string default_value; /* as YAML; data NULL: no default */
  int32_t required;          /* 1: an error when absent */
  int32_t element;           /* LMOS_FIELD_LIST: type of the elements */
  int32_t has_minimum, has_maximum;
  double minimum, maximum;    /* of int and float, inclusive */
  const lmos_string* choices; /* of string; NULL: any */
  uint64_t choice_count;
  const struct lmos_field* fields; /* LMOS_FIELD_SECTION */
  uint64_t field_count;
  int32_t path_use; /* LMOS_PATH_... */
} lmos_field;

#ifdef __cplusplus
}
#endif
#endif
