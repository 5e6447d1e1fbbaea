// The vocabulary of shape rules: each check throws a kInternal Error that names node, op, operands
// and shapes.
#pragma once

#include <string_view>
#include <vector>

#include "graph/op.h"

namespace lmos::graph {

std::string_view operand_name(const Op& op, size_t index);

// "node 12, rms_norm: <requirement> (x f32[tokens,64], w f32[63]; epsilon=1e-05)"
[[noreturn]] void reject(const InferContext& context, std::string_view requirement);
inline void require(const InferContext& context, bool holds, std::string_view requirement) {
  if (!holds) reject(context, requirement);
}

void require_float(const InferContext& context, size_t operand);
void require_dtype(const InferContext& context, size_t operand, lmos_dtype dtype);
void require_rank(const InferContext& context, size_t operand, int64_t rank);
// The operand has exactly this type, or these dims.
void require_type(const InferContext& context, size_t operand, const TensorType& type);
void require_dims(const InferContext& context, size_t operand, const std::vector<int64_t>& dims);

// Whether the optional operand is there.
bool present(const InferContext& context, size_t operand);
// Attribute `name` as an index of a dimension of operand 0.
size_t axis_attribute(const InferContext& context, std::string_view name);
// Attribute `dtype`, or `otherwise` where it is absent.
lmos_dtype dtype_attribute(const InferContext& context, lmos_dtype otherwise);
// Attribute `shape`: each entry a symbol or not negative.
const std::vector<int64_t>& shape_attribute(const InferContext& context);

// Dtype in which ops on `dtype` compute, and of the statistics that they give: f64 for f64,
// otherwise f32.
lmos_dtype wide_dtype(lmos_dtype dtype);
// All dims but the last.
std::vector<int64_t> leading_dims(const TensorType& type);
// n, n + 1, …, end - 1: axes of a reduction.
std::vector<int64_t> axes_between(int64_t begin, int64_t end);

}  // namespace lmos::graph
