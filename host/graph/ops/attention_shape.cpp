#include "graph/ops/attention_shape.h"

namespace lmos::graph {
namespace {

// Which token attends to which: [B, S, S] i32, or kNoValue if each attends to all of its sequence.
ValueId allowed(Builder& b, const AttentionLayout& layout, ValueId segments, bool causal) {
  const std::vector<int64_t> dims{layout.sequences, layout.sequence, layout.sequence};
  const ValueId no = b.constant(0, {LMOS_I32, dims});
  ValueId mask = kNoValue;
  if (segments != kNoValue) {
    const ValueId rows = b.reshape(segments, {layout.sequences, layout.sequence, 1});
    const ValueId columns = b.reshape(segments, {layout.sequences, 1, layout.sequence});
    mask = b.one("equal", {b.broadcast(rows, dims), b.broadcast(columns, dims)});
  }
  if (causal) {
    const ValueId later = b.one("less", {iota(b, dims, LMOS_I32, 1), iota(b, dims, LMOS_I32, 2)});
    const ValueId otherwise = mask == kNoValue ? b.constant(1, {LMOS_I32, dims}) : mask;
    mask = select(b, later, no, otherwise);
  }
  return mask;
}

}  // namespace

void require_query_key_value(const InferContext& context, size_t first) {
  const TensorType& q = context.inputs[first];
  const TensorType& k = context.inputs[first + 1];
  require_float(context, first);
  require_rank(context, first, 3);
  require_rank(context, first + 1, 3);
  require_type(context, first + 1, {q.dtype, {q.dims[0], k.dims[1], q.dims[2]}});
  require_type(context, first + 2, k);
  const int64_t heads = q.dims[1];
  const int64_t kv_heads = k.dims[1];
  require(context,
          heads == kv_heads || (!LMOS_IS_SYMBOL(heads) && kv_heads > 0 && heads % kv_heads == 0),
          "the heads of q must be a multiple of those of k");
}

void require_sequences(const InferContext& context, size_t q, size_t segments) {
  const int64_t tokens = context.inputs[q].dims[0];
  const int64_t sequence = context.attributes.integer("sequence");
  require(context, sequence > 0 || LMOS_IS_SYMBOL(sequence), "sequence must be at least 1");
  require(context, LMOS_IS_SYMBOL(tokens) || LMOS_IS_SYMBOL(sequence) || tokens % sequence == 0,
          "the tokens of q must be a multiple of sequence");
  if (present(context, segments)) require_type(context, segments, {LMOS_I32, {tokens}});
}

TensorType packed_result(const InferContext& context, size_t qkv) {
  const TensorType& all = context.inputs[qkv];
  require_float(context, qkv);
  require_rank(context, qkv, 3);
  const int64_t heads = context.attributes.integer("heads"), others = all.dims[1] - heads;
  require(context,
          !LMOS_IS_SYMBOL(all.dims[1]) && heads > 0 && others > 0 && others % 2 == 0 &&
              heads % (others / 2) == 0,
          "qkv must be [T, heads + 2K, D] with heads a multiple of K");
  return {all.dtype, {all.dims[0], heads, all.dims[2]}};
}

UnpackedHeads unpack_heads(Builder& b, ValueId qkv, int64_t heads) {
  const int64_t all = b.type(qkv).dims[1], middle = (heads + all) / 2;
  return {slice(b, qkv, 1, 0, heads), slice(b, qkv, 1, heads, middle),
          slice(b, qkv, 1, middle, all)};
}

Attributes unpacked_attributes(const Attributes& packed) {
  return {{"scale", packed.number("scale")},
          {"causal", packed.integer("causal")},
          {"sequence", packed.integer("sequence")}};
}

AttentionLayout::AttentionLayout(const TensorType& q, const TensorType& k, int64_t sequence_length)
    : tokens(q.dims[0]),
      heads(q.dims[1]),
      kv_heads(k.dims[1]),
      head_dim(q.dims[2]),
      sequence(sequence_length) {
  // elements() refuses symbols.
  sequences =
      TensorType{LMOS_I32, {tokens}}.elements() / TensorType{LMOS_I32, {sequence}}.elements();
}

ValueId AttentionLayout::split(Builder& b, ValueId x) const {
  return b.transpose(b.reshape(widened(b, x), {sequences, sequence, heads, head_dim}),
                     {0, 2, 1, 3});
}

ValueId AttentionLayout::join(Builder& b, ValueId x) const {
  return b.reshape(b.transpose(x, {0, 2, 1, 3}), {tokens, heads, head_dim});
}

ValueId AttentionLayout::split_grouped(Builder& b, ValueId x) const {
  const int64_t group = heads / kv_heads;
  const ValueId rows = b.reshape(widened(b, x), {sequences, sequence, kv_heads, head_dim});
  const ValueId single =
      b.reshape(b.transpose(rows, {0, 2, 1, 3}), {sequences, kv_heads, 1, sequence, head_dim});
  return b.reshape(b.broadcast(single, {sequences, kv_heads, group, sequence, head_dim}),
                   {sequences, heads, sequence, head_dim});
}

ValueId AttentionLayout::join_grouped(Builder& b, ValueId x) const {
  const int64_t group = heads / kv_heads;
  const ValueId groups = b.reshape(x, {sequences, kv_heads, group, sequence, head_dim});
  const ValueId summed = b.reduce_sum(groups, {2}, false);
  return b.reshape(b.transpose(summed, {0, 2, 1, 3}), {tokens, kv_heads, head_dim});
}

ValueId AttentionLayout::split_statistic(Builder& b, ValueId statistic) const {
  const ValueId rows = b.reshape(statistic, {sequences, sequence, heads});
  return b.reshape(b.transpose(rows, {0, 2, 1}), {sequences, heads, sequence, 1});
}

ValueId AttentionLayout::join_statistic(Builder& b, ValueId statistic) const {
  const ValueId rows = b.reshape(statistic, {sequences, heads, sequence});
  return b.reshape(b.transpose(rows, {0, 2, 1}), {tokens, heads});
}

ValueId AttentionLayout::scores(Builder& b, ValueId q, ValueId k, ValueId segments,
                                const Attributes& attributes) const {
  const ValueId products = matmul(b, q, k, false, true, b.type(q).dtype);
  const ValueId scores = scaled(b, products, attributes.number("scale"));
  const ValueId mask = allowed(b, *this, segments, attributes.integer("causal") != 0);
  if (mask == kNoValue) return scores;
  const ValueId all_heads = b.broadcast(b.reshape(mask, {sequences, 1, sequence, sequence}),
                                        {sequences, heads, sequence, sequence});
  return select(b, all_heads, scores, filled_like(b, scores, -1e30));
}

void require_dropout(const InferContext& context, size_t state) {
  if (!present(context, state)) return;
  require_type(context, state, {LMOS_I64, {2}});
  require(context, context.attributes.has("rate"), "dropout needs the attribute rate");
  const double rate = context.attributes.number("rate");
  require(context, rate >= 0 && rate < 1, "rate must be at least 0 and less than 1");
}

ValueId after_dropout(Builder& b, ValueId probabilities, ValueId state,
                      const Attributes& attributes) {
  if (state == kNoValue) return probabilities;
  return b.one("dropout", {probabilities, state},
               {{"rate", attributes.number("rate")}, {"site", attributes.integer("site")}});
}

double attention_flops(const Graph& graph, ValueId q, const Attributes& attributes) {
  const double pairs = static_cast<double>(graph.type(q).elements()) *
                       static_cast<double>(attributes.integer("sequence"));
  return (attributes.integer("causal") != 0 ? 2.0 : 4.0) * pairs;
}

}  // namespace lmos::graph
