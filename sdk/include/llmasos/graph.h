/* lmos.host.graph/1: how a plugin writes a graph. The host infers shapes and checks each node as it
 * is added. */
#ifndef LLMASOS_GRAPH_H
#define LLMASOS_GRAPH_H

#include "llmasos/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LMOS_HOST_GRAPH_ID "lmos.host.graph/1"

/* A graph under construction; the host's. [instance] */
typedef struct lmos_graph_builder lmos_graph_builder;

/* A value of the graph. LMOS_NO_VALUE stands for an absent optional operand. */
typedef uint32_t lmos_value;
#define LMOS_NO_VALUE UINT32_MAX

enum {
  LMOS_ATTRIBUTE_INT = 1,
  LMOS_ATTRIBUTE_FLOAT = 2,
  LMOS_ATTRIBUTE_INTS = 3,
  LMOS_ATTRIBUTE_FLOATS = 4
};

/* A named constant of a node; dtypes travel as ints. Names and meanings are those of docs/ops.md.
 */
typedef struct lmos_attribute {
  uint32_t struct_size;
  int32_t kind;
  lmos_string name;
  int64_t int_value;
  double float_value;
  const int64_t* ints;
  const double* floats;
  uint64_t count; /* of ints or floats */
} lmos_attribute;

/* One operation on tensors whose shapes are known, as backends see it. */
typedef struct lmos_node {
  uint32_t struct_size;
  uint32_t reserved;
  lmos_string op;
  const lmos_tensor_info* inputs; /* dtype 0: an absent optional operand */
  uint64_t input_count;
  const lmos_tensor_info* outputs;
  uint64_t output_count;
  const lmos_attribute* attributes;
  uint64_t attribute_count;
} lmos_node;

enum {
  LMOS_INIT_ZEROS = 0,
  LMOS_INIT_ONES = 1,
  LMOS_INIT_NORMAL = 2 /* mean 0, standard deviation init_scale */
};

/* A trainable tensor. */
typedef struct lmos_parameter {
  uint32_t struct_size;
  int32_t init;
  lmos_string name;      /* as in the model's Hugging Face files */
  lmos_tensor_info info; /* dtype 0: the storage dtype of the run */
  /* A logical name for each dimension: vocab, embed, heads, kv_heads, head_dim, mlp, layer, expert.
   * Sharding works from these. */
  const lmos_string* axes;
  double init_scale;
  int32_t decay;   /* 1: weight decay applies */
  int32_t product; /* 1: operand of matrix products; the graph sees it cast to the compute dtype */
} lmos_parameter;

typedef struct lmos_host_graph {
  uint32_t struct_size;
  uint32_t reserved;
  /* The compute dtype of activations that the pipeline chose. */
  lmos_dtype (*compute_dtype)(lmos_graph_builder* builder);
  /* The symbol of that name, as a dimension: LMOS_SYMBOL(id). */
  int64_t (*symbol)(lmos_graph_builder* builder, lmos_string name);
  lmos_status (*input)(lmos_graph_builder* builder, lmos_string name, const lmos_tensor_info* info,
                       lmos_value* value);
  /* The same name again gives the same value. */
  lmos_status (*parameter)(lmos_graph_builder* builder, const lmos_parameter* parameter,
                           lmos_value* value);
  /* Adds a node; `outputs` receives output_count values. */
  lmos_status (*node)(lmos_graph_builder* builder, lmos_string op, const lmos_value* inputs,
                      uint64_t input_count, const lmos_attribute* attributes,
                      uint64_t attribute_count, lmos_value* outputs, uint64_t output_count);
  lmos_status (*output)(lmos_graph_builder* builder, lmos_string name, lmos_value value);
  lmos_status (*value_info)(lmos_graph_builder* builder, lmos_value value, lmos_tensor_info* info);
  /* Nodes between the two belong to one block (a transformer layer): recompute and pipeline cuts
   * work on blocks. They do not nest. */
  lmos_status (*begin_block)(lmos_graph_builder* builder, lmos_string name);
  lmos_status (*end_block)(lmos_graph_builder* builder);
} lmos_host_graph;

#ifdef __cplusplus
}
#endif
#endif
