#include "graph/ops/cross_entropy_shape.h"

namespace lmos::graph {

void require_head(const InferContext& context, size_t first, size_t bias) {
  const TensorType& x = context.inputs[first];
  const TensorType& w = context.inputs[first + 1];
  require_float(context, first);
  require_rank(context, first, 2);
  require_rank(context, first + 1, 2);
  require_type(context, first + 1, {x.dtype, {w.dims[0], x.dims[1]}});
  require_type(context, first + 2, {LMOS_I32, {x.dims[0]}});
  if (!present(context, bias)) return;
  require_float(context, bias);
  require_dims(context, bias, {w.dims[0]});
}

TensorType per_token(const TensorType& x) { return {wide_dtype(x.dtype), {x.dims[0]}}; }

void append_head_gradients(const InferContext& context, size_t w, size_t bias,
                           std::vector<TensorType>& types) {
  const TensorType& weight = context.inputs[w];
  const lmos_dtype dtype = dtype_attribute(context, weight.dtype);
  require(context, is_float(dtype), "dtype must be a float dtype");
  types.push_back({dtype, weight.dims});
  if (present(context, bias)) types.push_back(context.inputs[bias]);
}

ValueId logits(Builder& b, ValueId x, ValueId w, ValueId bias) {
  const lmos_dtype wide = wide_dtype(b.type(x).dtype);
  const ValueId products = matmul(b, x, w, false, true, wide);
  if (bias == kNoValue) return products;
  return b.add(products, b.broadcast(b.cast(bias, wide), b.type(products).dims));
}

ValueId label_mask(Builder& b, ValueId labels, const std::vector<int64_t>& dims) {
  return b.one("equal", {along_last(b, labels, dims), iota(b, dims, LMOS_I32, 1)});
}

ValueId zero_where_ignored(Builder& b, ValueId values, ValueId labels, int64_t ignore) {
  const ValueId ignored = filled_like(b, labels, static_cast<double>(ignore));
  return select(b, b.one("equal", {labels, ignored}), filled_like(b, values, 0), values);
}

double logits_flops(const Graph& graph, ValueId x, ValueId w) {
  return 2.0 * static_cast<double>(graph.type(x).elements()) *
         static_cast<double>(graph.type(w).dims[0]);
}

}  // namespace lmos::graph
