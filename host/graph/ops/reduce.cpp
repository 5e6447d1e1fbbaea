// reduce_sum and reduce_max over a set of dimensions.
#include <algorithm>

#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<int64_t> reduced(const std::vector<int64_t>& dims, const std::vector<int64_t>& axes,
                             bool keep) {
  std::vector<int64_t> left;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) == axes.end()) {
      left.push_back(dims[i]);
    } else if (keep) {
      left.push_back(1);
    }
  }
  return left;
}

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[0];
  const auto& axes = context.attributes.integers("axes");
  for (size_t i = 0; i < axes.size(); ++i) {
    require(context, axes[i] >= 0 && axes[i] < x.rank() && (i == 0 || axes[i - 1] < axes[i]),
            "axes must be dimensions of x, ascending");
  }
  const lmos_dtype dtype = dtype_attribute(context, x.dtype);
  require(context, dtype == x.dtype || (is_float(dtype) && is_float(x.dtype)),
          "dtype must be x's, or a float dtype for a float x");
  return {{dtype, reduced(x.dims, axes, context.attributes.integer("keep") != 0)}};
}

// A value with the dims of y, repeated to x's.
ValueId repeated(const VjpContext& context, ValueId value) {
  Builder& b = context.builder;
  const std::vector<int64_t> dims = b.type(context.node.inputs[0]).dims;
  // A scalar aligns with any shape by itself, which keeps it recognisable as one scalar for all
  // elements.
  if (b.type(value).rank() > 0) {
    value = b.reshape(value, reduced(dims, context.node.attributes.integers("axes"), true));
  }
  return b.broadcast(value, dims);
}

std::vector<ValueId> vjp_sum(const VjpContext& context) {
  Builder& b = context.builder;
  return {
      repeated(context, b.cast(context.output_gradients[0], b.type(context.node.inputs[0]).dtype))};
}

// Equal maxima share the gradient.
std::vector<ValueId> vjp_max(const VjpContext& context) {
  Builder& b = context.builder;
  const ValueId x = context.node.inputs[0];
  const ValueId is_maximum =
      b.cast(b.one("equal", {x, repeated(context, context.node.outputs[0])}), b.type(x).dtype);
  const ValueId count = b.one("reduce_sum", {is_maximum}, context.node.attributes);
  const ValueId share = b.div(context.output_gradients[0], count);
  return {b.mul(is_maximum, repeated(context, share))};
}

double count_flops(const Graph& graph, const Node& node) {
  return static_cast<double>(graph.type(node.inputs[0]).elements());
}

const std::vector<AttributeRule> kAxes = {{"axes", AttributeKind::kInts},
                                          {"keep", AttributeKind::kInt, Presence::kZero}};
const AttributeRule kDtype = {"dtype", AttributeKind::kInt, Presence::kOptional};

Op reduction(std::string_view name, std::vector<AttributeRule> attributes,
             std::vector<ValueId> (*vjp)(const VjpContext&)) {
  return {.name = name,
          .operands = {"x"},
          .attributes = std::move(attributes),
          .infer = infer,
          .vjp = vjp,
          .flops = count_flops};
}

}  // namespace

const Op kReduceSum = reduction("reduce_sum", {kAxes[0], kAxes[1], kDtype}, vjp_sum);
const Op kReduceMax = reduction("reduce_max", kAxes, vjp_max);

}  // namespace lmos::graph
