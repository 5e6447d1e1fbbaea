/* Types that cross the C ABI everywhere: strings, statuses, dtypes, shapes, sinks.
 *
 * Struct rule: a struct that crosses the boundary begins with `uint32_t struct_size`, set by
 * whoever allocates it to sizeof as that side was compiled. Members are only ever appended, and
 * zero means the default. In an array of such structs the first element's struct_size is the
 * stride. lmos_string, lmos_sink and lmos_operand are plain values and never change. */
#ifndef LLMASOS_TYPES_H
#define LLMASOS_TYPES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* UTF-8 text, borrowed for the call it is passed to. Not terminated by zero. */
typedef struct lmos_string {
  const char* data;
  uint64_t size; /* bytes */
} lmos_string;

/* Every function that can fail returns one of these, after calling lmos_host.set_error. */
typedef int32_t lmos_status;
enum {
  LMOS_OK = 0,
  LMOS_END = 1,         /* an iterator has no more elements; not an error */
  LMOS_UNSUPPORTED = 2, /* not offered by this implementation; the caller has another way */
  LMOS_INVALID = 3,     /* bad argument, configuration or file */
  LMOS_NO_MEMORY = 4,
  LMOS_FAILED = 5, /* device error, I/O error, defect */
  LMOS_CANCELLED = 6
};

typedef int32_t lmos_dtype;
enum {
  LMOS_F64 = 1,
  LMOS_F32 = 2,
  LMOS_BF16 = 3,
  LMOS_F16 = 4,
  LMOS_I64 = 5,
  LMOS_I32 = 6,
  LMOS_I16 = 7,
  LMOS_I8 = 8,
  LMOS_U8 = 9,
  LMOS_BOOL = 10, /* one byte, 0 or 1 */
  LMOS_F8_E4M3 = 11,
  LMOS_F8_E5M2 = 12,
  LMOS_U16 = 13,
  LMOS_U32 = 14,
  LMOS_U64 = 15
};

#define LMOS_MAX_RANK 8

/* A dimension or integer attribute that is known only when the graph is bound. `id` counts from 0.
 */
#define LMOS_SYMBOL(id) (INT64_MIN + (int64_t)(id))
#define LMOS_IS_SYMBOL(value) ((value) < INT64_MIN + 4096)

/* Shape and element type of a contiguous, row-major tensor. */
typedef struct lmos_tensor_info {
  uint32_t struct_size;
  lmos_dtype dtype;
  uint32_t rank; /* 0 is a scalar */
  uint32_t reserved;
  int64_t dims[LMOS_MAX_RANK];
} lmos_tensor_info;

/* Where a callee writes a result of unknown length. `write` may be called several times; it copies
 * before it returns. A status other than LMOS_OK must be passed on by the callee. */
typedef struct lmos_sink {
  void* context;
  lmos_status (*write)(void* context, const void* data, uint64_t bytes);
} lmos_sink;

#ifdef __cplusplus
}
#endif
#endif
