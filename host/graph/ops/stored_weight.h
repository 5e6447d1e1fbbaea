// Weights [O, I] of a product, in x's dtype or quantised: then with a scale for each output.
#pragma once

#include "graph/builder.h"
#include "graph/op.h"

namespace lmos::graph {

// Operand `w` is [O, I] for x (operand 0) [.., I]: in x's dtype where operand `scale` is absent,
// else in i8 or f8_e4m3, and scale f32 [O].
void require_weight(const InferContext& context, size_t w, size_t scale);

// x wᵀ in `dtype`, as a matrix: x [.., I] as [N, I]. `scale` is kNoValue where w is in x's dtype.
ValueId weight_product(Builder& builder, ValueId x, ValueId w, ValueId scale, lmos_dtype dtype);

}  // namespace lmos::graph
