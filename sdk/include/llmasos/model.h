/* lmos.model/1: an architecture. It emits single-device graphs and names no device. */
#ifndef LLMASOS_MODEL_H
#define LLMASOS_MODEL_H

#include "llmasos/config.h"
#include "llmasos/graph.h"
#include "llmasos/host.h"
#include "llmasos/schema.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LMOS_MODEL_ID "lmos.model/1"

/* Tasks, with the inputs that a graph of the task declares and its outputs. tokens, sequence and
 * rows are symbols; tokens are consecutive sequences of `sequence` tokens.
 *
 * causal_lm.loss:
 *   input_ids [tokens] i32, positions [tokens] i32, segments [tokens] i32,
 *   labels [tokens] i32 (what token t predicts; -100: not counted),
 *   random_state [2] i64 (only with dropout)
 *   -> loss [tokens] f32, 0 where not counted
 *
 * causal_lm.logits:
 *   input_ids, positions, segments as above, rows [rows] i32
 *   -> logits [rows, vocab] of those rows, f32 (f64 if that is the compute dtype) */
#define LMOS_TASK_CAUSAL_LM_LOSS "causal_lm.loss"
#define LMOS_TASK_CAUSAL_LM_LOGITS "causal_lm.logits"

typedef struct lmos_model lmos_model;

typedef struct lmos_model_info {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t vocab_size;
  int64_t context; /* longest sequence that the positions allow */
} lmos_model_info;

typedef struct lmos_model_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* Fields of the `model` section. */
  const lmos_field* fields;
  uint64_t field_count;
  /* The `model_type`s of Hugging Face config.json files that this architecture reads. */
  const lmos_string* model_types;
  uint64_t model_type_count;

  /* From the `model` section of a pipeline. `context` is the training sequence length, or 0.
   * [any-thread] */
  lmos_status (*create)(const lmos_host* host, const lmos_config* section, int64_t vocab_size,
                        int64_t context, lmos_model** model);
  /* From a config.json. [any-thread] */
  lmos_status (*create_from_hugging_face)(const lmos_host* host, const lmos_config* config,
                                          lmos_model** model);
  /* [any-thread] */
  void (*destroy)(lmos_model* model);
  /* The caller sets info->struct_size. [any-thread] */
  lmos_status (*info)(const lmos_model* model, lmos_model_info* info);
  /* Emits the graph of a task; LMOS_UNSUPPORTED if the architecture has no such task. `training` 1:
   * with dropout. [any-thread] */
  lmos_status (*build)(const lmos_model* model, const lmos_host_graph* graph,
                       lmos_graph_builder* builder, lmos_string task, int32_t training);
  /* Writes the members of the config.json that transformers reads. [any-thread] */
  lmos_status (*write_hugging_face)(const lmos_model* model, lmos_config_writer* writer);
} lmos_model_interface;

#ifdef __cplusplus
}
#endif
#endif
