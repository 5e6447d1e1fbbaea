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

/* Tasks. Each has two graphs, TASK.loss and TASK.logits, with these inputs and outputs. tokens,
 * sequence, sequences and rows are symbols; tokens are `sequences` consecutive sequences of
 * `sequence` tokens. Outputs named loss or loss.NAME are losses an item, 0 where the item's label
 * is -100 and does not count; the loss to be minimised is the sum of their means over what counts.
 *
 * causal_lm.loss:
 *   input_ids [tokens] i32, positions [tokens] i32, segments [tokens] i32,
 *   labels [tokens] i32 (what token t predicts),
 *   random_state [2] i64 (only with dropout)
 *   -> loss [tokens] f32
 *
 * causal_lm.logits:
 *   input_ids, positions, segments as above, rows [rows] i32
 *   -> logits [rows, vocab] of those rows, f32 (f64 if that is the compute dtype)
 *
 * The other tasks are those of encoders. Their graphs have the inputs input_ids, positions and
 * segments as above, token_types [tokens] i32 and first_tokens [sequences] i32 (the token that each
 * sequence begins with), as far as they need them, and random_state. A token attends to its own
 * segment, in both directions; padding has segment -1. `classes` is that of lmos_model_info.
 *
 * pretraining.loss: + rows [rows] i32 (tokens to be told from their surroundings), labels [rows],
 *   next_sentence_labels [sequences] (0: the second text follows the first, 1: it does not)
 *   -> loss.masked_lm [rows], loss.next_sentence [sequences], next_sentence_logits [sequences, 2]
 * pretraining.logits: + rows -> masked_lm_logits [rows, vocab], next_sentence_logits
 *
 * masked_lm.loss: + rows, labels [rows] -> loss [rows]
 * masked_lm.logits: + rows -> logits [rows, vocab]
 *
 * sequence_classification.loss: + labels [sequences] -> loss [sequences], logits [sequences,
 * classes] sequence_classification.logits: -> logits
 *
 * token_classification.loss: + labels [tokens] -> loss [tokens], logits [tokens, classes]
 * token_classification.logits: -> logits
 *
 * question_answering.loss: + start_labels, end_labels [sequences] (places in the sequence)
 *   -> loss.start, loss.end [sequences] (half of each cross-entropy over the sequence, padding left
 *   out), start_logits, end_logits [sequences, sequence]
 * question_answering.logits: -> start_logits, end_logits
 *
 * encoding.hidden, a single graph: -> hidden [tokens, embed] f32, the last layer's output */
#define LMOS_TASK_CAUSAL_LM "causal_lm"
#define LMOS_TASK_CAUSAL_LM_LOSS "causal_lm.loss"
#define LMOS_TASK_CAUSAL_LM_LOGITS "causal_lm.logits"
#define LMOS_TASK_PRETRAINING "pretraining"
#define LMOS_TASK_MASKED_LM "masked_lm"
#define LMOS_TASK_SEQUENCE_CLASSIFICATION "sequence_classification"
#define LMOS_TASK_TOKEN_CLASSIFICATION "token_classification"
#define LMOS_TASK_QUESTION_ANSWERING "question_answering"
#define LMOS_TASK_ENCODING_HIDDEN "encoding.hidden"

typedef struct lmos_model lmos_model;

typedef struct lmos_model_info {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t vocab_size;
  int64_t context;  /* longest sequence that the positions allow */
  lmos_string task; /* what the model is made for; static */
  int64_t classes;  /* of a classification; 0: none */
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
  /* Writes the members of the config.json that transformers reads, for the parameters of `task`.
   * [any-thread] */
  lmos_status (*write_hugging_face)(const lmos_model* model, lmos_string task,
                                    lmos_config_writer* writer);
} lmos_model_interface;

#ifdef __cplusplus
}
#endif
#endif
