/* lmos.backend/1: a kind of device: memory, streams, and kernels for the operations of docs/ops.md.
 *
 * The host plans all memory before a run. It asks for a kernel for each node once (prepare), and in
 * the steady state only calls run, which enqueues: it neither allocates nor synchronises. A node
 * that a backend does not support is replaced by its decomposition, or run elsewhere. */
#ifndef LLMASOS_BACKEND_H
#define LLMASOS_BACKEND_H

#include "llmasos/config.h"
#include "llmasos/graph.h"
#include "llmasos/host.h"
#include "llmasos/schema.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LMOS_BACKEND_ID "lmos.backend/1"

typedef struct lmos_device lmos_device;
typedef struct lmos_buffer lmos_buffer;
typedef struct lmos_stream lmos_stream;
typedef struct lmos_kernel lmos_kernel;

/* The caller sets struct_size; the backend fills the rest. */
typedef struct lmos_device_info {
  uint32_t struct_size;
  uint32_t reserved;
  char name[120];        /* UTF-8, ends with zero */
  uint64_t memory_bytes; /* 0 if unknown */
} lmos_device_info;

/* A tensor's place: `offset` bytes into a buffer. buffer NULL: an absent optional operand. */
typedef struct lmos_operand {
  lmos_buffer* buffer;
  uint64_t offset;
} lmos_operand;

typedef struct lmos_backend_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* Fields of the `backend` section beyond those that the host defines. */
  const lmos_field* fields;
  uint64_t field_count;

  /* Devices of this kind on the machine; 0 with an error text if there is none. [any-thread] */
  uint32_t (*device_count)(const lmos_host* host);
  lmos_status (*device_open)(const lmos_host* host, const lmos_config* section, uint32_t ordinal,
                             lmos_device** device);
  /* Everything made from the device is released before. [any-thread] */
  void (*device_close)(lmos_device* device);
  lmos_status (*device_info)(const lmos_device* device, lmos_device_info* info);

  /* Memory, aligned to at least 64 bytes. Contents are unspecified. [any-thread] */
  lmos_status (*buffer_allocate)(lmos_device* device, uint64_t bytes, lmos_buffer** buffer);
  /* A read-only buffer over host memory that outlives it (a mapped weights file), without a copy.
   * LMOS_UNSUPPORTED where the device can't read host memory. `memory` is aligned to its element
   * size at least. [any-thread] */
  lmos_status (*buffer_wrap)(lmos_device* device, const void* memory, uint64_t bytes,
                             lmos_buffer** buffer);
  void (*buffer_release)(lmos_buffer* buffer);
  /* The buffer's bytes as host memory; NULL where the host can't address them. [any-thread] */
  void* (*buffer_address)(lmos_buffer* buffer);
  /* Enqueued on the stream; `source` and `destination` stay valid until it is synchronised.
   * [instance] */
  lmos_status (*upload)(lmos_stream* stream, lmos_operand destination, const void* source,
                        uint64_t bytes);
  lmos_status (*download)(lmos_stream* stream, void* destination, lmos_operand source,
                          uint64_t bytes);

  /* Work on one stream runs in order. [any-thread] */
  lmos_status (*stream_create)(lmos_device* device, lmos_stream** stream);
  void (*stream_destroy)(lmos_stream* stream);
  /* Waits for all work enqueued; reports the first error of it. [instance] */
  lmos_status (*stream_synchronize)(lmos_stream* stream);

  /* 1 if prepare would succeed. All shapes are numbers. [any-thread] */
  int32_t (*supports)(const lmos_device* device, const lmos_node* node);
  /* A kernel for these shapes; `scratch_bytes` is the temporary memory that each run needs. May be
   * slow (JIT, tuning). `node` is read during the call only. [any-thread] */
  lmos_status (*kernel_prepare)(lmos_device* device, const lmos_node* node, lmos_kernel** kernel,
                                uint64_t* scratch_bytes);
  void (*kernel_release)(lmos_kernel* kernel);
  /* Enqueues the kernel. `operands`: the node's inputs, then its outputs. `scratch` is 64-byte
   * aligned, as are all operands. State operands are inputs that are changed in place. Outputs never
   * overlap inputs.
   * [instance: one stream, one call at a time] */
  lmos_status (*kernel_run)(lmos_kernel* kernel, lmos_stream* stream, const lmos_operand* operands,
                            uint64_t operand_count, lmos_operand scratch);
} lmos_backend_interface;

#ifdef __cplusplus
}
#endif
#endif
