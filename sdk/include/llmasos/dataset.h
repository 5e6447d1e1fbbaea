/* lmos.dataset/1: documents of text, in a fixed order. The host tokenises them once into shards. */
#ifndef LLMASOS_DATASET_H
#define LLMASOS_DATASET_H

#include "llmasos/config.h"
#include "llmasos/host.h"
#include "llmasos/schema.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LMOS_DATASET_ID "lmos.dataset/1"

typedef struct lmos_dataset lmos_dataset;

typedef struct lmos_dataset_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* Fields of the `dataset` section. */
  const lmos_field* fields;
  uint64_t field_count;

  /* `split` is "train" or "validation". LMOS_UNSUPPORTED if the data has no such split.
   * [any-thread] */
  lmos_status (*open)(const lmos_host* host, const lmos_config* section, lmos_string split,
                      lmos_dataset** dataset);
  /* [any-thread] */
  void (*close)(lmos_dataset* dataset);
  /* Text that changes when the documents may have changed (paths, sizes, times, options); the key
   * of the host's cache. [instance] */
  lmos_status (*fingerprint)(lmos_dataset* dataset, lmos_sink text);
  /* Bytes of text in all, for progress; 0 if unknown. [instance] */
  uint64_t (*total_bytes)(const lmos_dataset* dataset);
  /* Writes the next document as UTF-8, or returns LMOS_END. [instance] */
  lmos_status (*next)(lmos_dataset* dataset, lmos_sink document);
  /* Back to the first document. [instance] */
  lmos_status (*rewind)(lmos_dataset* dataset);
} lmos_dataset_interface;

#ifdef __cplusplus
}
#endif
#endif
