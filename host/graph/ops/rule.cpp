#include "graph/ops/rule.h"

#include <numeric>

#include "errors/error.h"
#include "graph/print.h"

namespace lmos::graph {
namespace {

std::string operand_text(const InferContext& context, size_t operand) {
  return std::string(operand_name(context.op, operand));
}

}  // namespace

std::string_view operand_name(const Op& op, size_t index) {
  return op.operands[op.variadic ? 0 : index];
}

void reject(const InferContext& context, std::string_view requirement) {
  std::string message = "node " + std::to_string(context.node) + ", " +
                        std::string(context.op.name) + ": " + std::string(requirement) + " (";
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (i > 0) message += ", ";
    message += operand_text(context, i) + " " +
               (present(context, i) ? to_string(context.inputs[i], &context.graph) : "absent");
  }
  const std::string attributes = to_string(context.attributes, &context.graph);
  if (!attributes.empty()) message += (context.inputs.empty() ? "" : "; ") + attributes;
  throw Error(ErrorKind::kInternal, message + ")");
}

void require_float(const InferContext& context, size_t operand) {
  require(context, is_float(context.inputs[operand].dtype),
          operand_text(context, operand) + " must be of a float dtype");
}

void require_dtype(const InferContext& context, size_t operand, lmos_dtype dtype) {
  require(context, context.inputs[operand].dtype == dtype,
          operand_text(context, operand) + " must be " + std::string(dtype_name(dtype)));
}

void require_rank(const InferContext& context, size_t operand, int64_t rank) {
  require(context, context.inputs[operand].rank() == rank,
          operand_text(context, operand) + " must have rank " + std::to_string(rank));
}

void require_type(const InferContext& context, size_t operand, const TensorType& type) {
  require(context, context.inputs[operand] == type,
          operand_text(context, operand) + " must be " + to_string(type, &context.graph));
}

void require_dims(const InferContext& context, size_t operand, const std::vector<int64_t>& dims) {
  const TensorType& type = context.inputs[operand];
  require(
      context, type.dims == dims,
      operand_text(context, operand) + " must be " + to_string({type.dtype, dims}, &context.graph));
}

bool present(const InferContext& context, size_t operand) {
  return context.inputs[operand].dtype != 0;
}

size_t axis_attribute(const InferContext& context, std::string_view name) {
  const int64_t axis = context.attributes.integer(name);
  require(context, axis >= 0 && axis < context.inputs[0].rank(),
          std::string(name) + " must be a dimension of " + operand_text(context, 0));
  return static_cast<size_t>(axis);
}

lmos_dtype dtype_attribute(const InferContext& context, lmos_dtype otherwise) {
  if (!context.attributes.has("dtype")) return otherwise;
  const int64_t dtype = context.attributes.integer("dtype");
  require(context, dtype >= LMOS_F64 && dtype <= LMOS_U64, "there is no such dtype");
  return static_cast<lmos_dtype>(dtype);
}

const std::vector<int64_t>& shape_attribute(const InferContext& context) {
  const auto& shape = context.attributes.integers("shape");
  for (int64_t dim : shape) {
    require(context, dim >= 0 || LMOS_IS_SYMBOL(dim), "a dimension is negative");
  }
  return shape;
}

lmos_dtype wide_dtype(lmos_dtype dtype) { return dtype == LMOS_F64 ? LMOS_F64 : LMOS_F32; }

std::vector<int64_t> leading_dims(const TensorType& type) {
  return {type.dims.begin(), type.dims.end() - 1};
}

std::vector<int64_t> axes_between(int64_t begin, int64_t end) {
  std::vector<int64_t> axes(static_cast<size_t>(end - begin));
  std::iota(axes.begin(), axes.end(), begin);
  return axes;
}

}  // namespace lmos::graph
