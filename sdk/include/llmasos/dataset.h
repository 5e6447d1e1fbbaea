/* lmos.dataset/1: documents of text, or records of named values, in a fixed order.
 *
 * Documents are for language modelling: the host tokenises them once into shards. Records are for
 * tasks that tell their parts apart: a sentence and its label, an instruction and its answer. */
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
  /* Optional: NULL if the data are text without fields. Puts the fields of the next record into
   * `record`, a map that the host began, and writes where the record was read, such as
   * "train.tsv:7", to `place`; or returns LMOS_END. One position serves both `next` and this: a
   * record that one of them gave is not given by the other. [instance] */
  lmos_status (*next_record)(lmos_dataset* dataset, lmos_config_writer* record, lmos_sink place);
} lmos_dataset_interface;

#ifdef __cplusplus
}
#endif
#endif
