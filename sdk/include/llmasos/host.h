/* What the host offers every plugin. Services beyond the core are found by id with get_service, so
 * that this table stays small. */
#ifndef LLMASOS_HOST_H
#define LLMASOS_HOST_H

#include "llmasos/types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LMOS_LOG_DEBUG = 0, LMOS_LOG_INFO = 1, LMOS_LOG_WARNING = 2, LMOS_LOG_ERROR = 3 };

/* Owned by the host; valid from init to the end of the process. All members [any-thread]. */
typedef struct lmos_host lmos_host;
struct lmos_host {
  uint32_t struct_size;
  uint32_t abi_version;
  void* context; /* the host's */
  void (*log)(const lmos_host* host, int32_t level, lmos_string message);
  /* The message of the calling thread's failure: what, where, what to do. Copied. */
  void (*set_error)(const lmos_host* host, lmos_string message);
  /* A service table by id, e.g. "lmos.host.threads/1"; NULL if the host has none. Valid to the end
   * of the process. */
  const void* (*get_service)(const lmos_host* host, lmos_string id);
};

/* ---- lmos.host.threads/1: the only thread pool of the process ---- */
#define LMOS_HOST_THREADS_ID "lmos.host.threads/1"

typedef struct lmos_host_threads {
  uint32_t struct_size;
  uint32_t reserved;
  /* Threads that parallel_for uses at most, the caller included. */
  uint32_t (*thread_count)(const lmos_host* host);
  /* Calls body(context, begin, end, thread) over a partition of [0, count) into pieces of at least
   * `grain` and returns when all are done. `thread` is in [0, thread_count). A call from within a
   * body runs inline. The partition depends only on count, grain and thread_count. body must not
   * throw. */
  void (*parallel_for)(const lmos_host* host, int64_t count, int64_t grain,
                       void (*body)(void* context, int64_t begin, int64_t end, int32_t thread),
                       void* context);
} lmos_host_threads;

/* ---- lmos.host.progress/1: progress of a long call, and its cancellation ---- */
#define LMOS_HOST_PROGRESS_ID "lmos.host.progress/1"

typedef struct lmos_host_progress {
  uint32_t struct_size;
  uint32_t reserved;
  /* `total` 0 if unknown. Returns LMOS_CANCELLED when the user wants the call to stop: return that
   * status soon. */
  lmos_status (*report)(const lmos_host* host, lmos_string what, uint64_t done, uint64_t total);
} lmos_host_progress;

#ifdef __cplusplus
}
#endif
#endif
