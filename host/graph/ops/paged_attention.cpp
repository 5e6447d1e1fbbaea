#include "graph/ops/all.h"
#include "graph/ops/attention_shape.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kQ, kK, kV, kKeyCache, kValueCache, kPageTable, kSequences, kPositions };

std::vector<TensorType> infer(const InferContext& context) {
  require_query_key_value(context, kQ);
  const TensorType& q = context.inputs[kQ];
  const TensorType& k = context.inputs[kK];
  const TensorType& cache = context.inputs[kKeyCache];
  require_rank(context, kKeyCache, 4);
  require_type(context, kKeyCache, {k.dtype, {cache.dims[0], cache.dims[1], k.dims[1], k.dims[2]}});
  require_type(context, kValueCache, cache);
  const TensorType& table = context.inputs[kPageTable];
  require_rank(context, kPageTable, 2);
  require_type(context, kPageTable, {LMOS_I32, table.dims});
  require_type(context, kSequences, {LMOS_I32, {q.dims[0]}});
  require_type(context, kPositions, {LMOS_I32, {q.dims[0]}});
  return {q};
}

struct Cache {
  int64_t pages, page_tokens, kv_heads, head_dim, sequence_pages;
  int64_t rows() const { return pages * page_tokens; }
  int64_t row_elements() const { return kv_heads * head_dim; }
  int64_t capacity() const { return sequence_pages * page_tokens; }
};

ValueId int_filled(Builder& b, ValueId like, int64_t value) {
  return filled_like(b, like, static_cast<double>(value));
}

// The row of the cache that each token writes, [T] i32.
ValueId written_rows(Builder& b, const Cache& cache, ValueId table, ValueId sequences,
                     ValueId positions) {
  const ValueId page_tokens = int_filled(b, positions, cache.page_tokens);
  // Only floats divide. The quotient is never rounded up to the next number for positions below
  // 2^24.
  const ValueId place =
      b.cast(b.div(b.cast(positions, LMOS_F32), b.cast(page_tokens, LMOS_F32)), LMOS_I32);
  const ValueId entry =
      b.add(b.mul(sequences, int_filled(b, sequences, cache.sequence_pages)), place);
  const ValueId entries = b.reshape(table, {b.type(table).elements()});
  const ValueId page = b.one("gather_rows", {entries, entry});
  return b.add(b.mul(page, page_tokens), b.sub(positions, b.mul(place, page_tokens)));
}

// Which token, if any, writes each row of the cache: the last of those whose row it is, or -1.
// `row` [T] i32 → [rows] i32.
ValueId last_writer(Builder& b, const Cache& cache, ValueId row) {
  const std::vector<int64_t> dims{b.type(row).dims[0], cache.rows()};
  const ValueId is_row = b.one("equal", {along_last(b, row, dims), iota(b, dims, LMOS_I32, 1)});
  const ValueId token =
      select(b, is_row, iota(b, dims, LMOS_I32, 0), b.constant(-1, {LMOS_I32, dims}));
  return reduce_max(b, token, {0}, false);
}

// The pages of each token's sequence, [T · M] i32. Entries that no position reaches may hold
// anything; their scores are masked.
ValueId pages_of_tokens(Builder& b, const Cache& cache, ValueId table, ValueId sequences) {
  const ValueId entries = b.one("gather_rows", {table, sequences});
  const ValueId low = b.one("maximum", {entries, int_filled(b, entries, 0)});
  return b.reshape(b.one("minimum", {low, int_filled(b, entries, cache.pages - 1)}),
                   {b.type(entries).elements()});
}

// Writes x [T, K, D] into its rows of the state, and returns what each token's sequence holds:
// [T, C, K·D] in the wide dtype.
ValueId write_and_gather(Builder& b, const Cache& cache, ValueId state, ValueId x, ValueId writer,
                         ValueId pages) {
  const int64_t tokens = b.type(x).dims[0];
  const std::vector<int64_t> dims{cache.rows(), cache.row_elements()};
  const ValueId none = filled_like(b, writer, 0);
  const ValueId is_old = b.one("less", {writer, none});
  const ValueId written = b.one("gather_rows", {b.reshape(x, {tokens, cache.row_elements()}),
                                                b.one("maximum", {writer, none})});
  const ValueId updated = select(b, along_last(b, is_old, dims), b.reshape(state, dims), written);
  b.node("assign", std::vector{state, b.reshape(updated, b.type(state).dims)});
  const ValueId page_rows =
      b.reshape(updated, {cache.pages, cache.page_tokens * cache.row_elements()});
  return widened(b, b.reshape(b.one("gather_rows", {page_rows, pages}),
                              {tokens, cache.capacity(), cache.row_elements()}));
}

// rows [T, C, K·D] as [T, H, C, D], each head repeated for its group.
ValueId by_head(Builder& b, const Cache& cache, ValueId rows, int64_t heads) {
  const int64_t tokens = b.type(rows).dims[0];
  const int64_t group = heads / cache.kv_heads;
  const ValueId split = b.reshape(rows, {tokens, cache.capacity(), cache.kv_heads, cache.head_dim});
  const ValueId single = b.reshape(b.transpose(split, {0, 2, 1, 3}),
                                   {tokens, cache.kv_heads, 1, cache.capacity(), cache.head_dim});
  return b.reshape(
      b.broadcast(single, {tokens, cache.kv_heads, group, cache.capacity(), cache.head_dim}),
      {tokens, heads, cache.capacity(), cache.head_dim});
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const std::vector<int64_t> dims_of_cache = b.type(node.inputs[kKeyCache]).dims;
  const Cache cache{dims_of_cache[0], dims_of_cache[1], dims_of_cache[2], dims_of_cache[3],
                    b.type(node.inputs[kPageTable]).dims[1]};
  const TensorType q_type = b.type(node.inputs[kQ]);
  const int64_t tokens = q_type.dims[0];
  const int64_t heads = q_type.dims[1];
  const ValueId positions = node.inputs[kPositions];

  const ValueId writer = last_writer(
      b, cache,
      written_rows(b, cache, node.inputs[kPageTable], node.inputs[kSequences], positions));
  const ValueId pages = pages_of_tokens(b, cache, node.inputs[kPageTable], node.inputs[kSequences]);
  const ValueId keys = by_head(
      b, cache, write_and_gather(b, cache, node.inputs[kKeyCache], node.inputs[kK], writer, pages),
      heads);
  const ValueId values = by_head(
      b, cache,
      write_and_gather(b, cache, node.inputs[kValueCache], node.inputs[kV], writer, pages), heads);

  const ValueId q = b.reshape(widened(b, node.inputs[kQ]), {tokens, heads, 1, cache.head_dim});
  const lmos_dtype wide = b.type(q).dtype;
  const ValueId products = matmul(b, q, keys, false, true, wide);
  const std::vector<int64_t> dims = b.type(products).dims;  // [T, H, 1, C]
  const ValueId last_row = b.broadcast(b.reshape(positions, {tokens, 1, 1, 1}), dims);
  const ValueId is_later = b.one("less", {last_row, iota(b, dims, LMOS_I32, 3)});
  const ValueId scores = select(b, is_later, filled_like(b, products, -1e30),
                                scaled(b, products, node.attributes.number("scale")));
  const ValueId maximum = b.broadcast(reduce_max(b, scores, {3}, true), dims);
  const ValueId exponentials = b.one("exp", {b.sub(scores, maximum)});
  const ValueId total = b.broadcast(sum_over_last(b, exponentials, true), dims);
  const ValueId y = matmul(b, b.div(exponentials, total), values, false, false, wide);
  return {b.cast(b.reshape(y, q_type.dims), q_type.dtype)};
}

// Every token attends to its whole table at most.
double count_flops(const Graph& graph, const Node& node) {
  return 4.0 * static_cast<double>(graph.type(node.inputs[kQ]).elements()) *
         static_cast<double>(graph.type(node.inputs[kKeyCache]).dims[1] *
                             graph.type(node.inputs[kPageTable]).dims[1]);
}

}  // namespace

const Op kPagedAttention{
    .name = "paged_attention",
    .operands = {"q", "k", "v", "key_cache", "value_cache", "page_table", "sequences", "positions"},
    .attributes = {{"scale", AttributeKind::kFloat}},
    .states = {kKeyCache, kValueCache},
    .infer = infer,
    .not_differentiable = "it changes a state",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
