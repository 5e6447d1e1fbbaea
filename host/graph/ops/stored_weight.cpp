#include "graph/ops/stored_weight.h"

#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {

void require_weight(const InferContext& context, size_t w, size_t scale) {
  const TensorType& x = context.inputs[0];
  const TensorType& type = context.inputs[w];
  require_rank(context, w, 2);
  require_dims(context, w, {type.dims[0], x.dims.back()});
  if (!present(context, scale)) return require_dtype(context, w, x.dtype);
  require(context, type.dtype == LMOS_I8 || type.dtype == LMOS_F8_E4M3,
          "weights with a scale must be i8 or f8_e4m3");
  require_type(context, scale, {LMOS_F32, {type.dims[0]}});
}

ValueId weight_product(Builder& b, ValueId x, ValueId w, ValueId scale, lmos_dtype dtype) {
  const ValueId rows = as_matrix(b, x);
  if (scale == kNoValue) return matmul(b, rows, w, false, true, dtype);
  const lmos_dtype wide = wide_dtype(dtype);
  const std::vector<int64_t> dims = b.type(w).dims;
  const ValueId factors = b.broadcast(b.reshape(b.cast(scale, wide), {dims[0], 1}), dims);
  return b.cast(matmul(b, b.cast(rows, wide), b.mul(b.cast(w, wide), factors), false, true, wide),
                dtype);
}

}  // namespace lmos::graph
