#include "graph/ops/emit.h"

#include "errors/error.h"
#include "graph/ops/rule.h"

namespace lmos::graph {

ValueId filled_like(Builder& builder, ValueId x, double value) {
  return builder.constant(value, builder.type(x));
}

ValueId scaled(Builder& builder, ValueId x, double factor) {
  return builder.mul(x, filled_like(builder, x, factor));
}

ValueId shifted(Builder& builder, ValueId x, double term) {
  return builder.add(x, filled_like(builder, x, term));
}

ValueId widened(Builder& builder, ValueId x) {
  return builder.cast(x, wide_dtype(builder.type(x).dtype));
}

ValueId along_last(Builder& builder, ValueId statistic, const std::vector<int64_t>& dims) {
  std::vector<int64_t> column = builder.type(statistic).dims;
  column.push_back(1);
  return builder.broadcast(builder.reshape(statistic, column), dims);
}

ValueId sum_over_last(Builder& builder, ValueId x, bool keep) {
  return builder.reduce_sum(x, {builder.type(x).rank() - 1}, keep);
}

ValueId reduce_max(Builder& builder, ValueId x, std::vector<int64_t> axes, bool keep) {
  return builder.one("reduce_max", {x}, {{"axes", std::move(axes)}, {"keep", int64_t{keep}}});
}

ValueId select(Builder& builder, ValueId condition, ValueId a, ValueId b) {
  return builder.one("select", {condition, a, b});
}

ValueId slice(Builder& builder, ValueId x, int64_t axis, int64_t begin, int64_t end) {
  return builder.one("slice", {x}, {{"axis", axis}, {"begin", begin}, {"end", end}});
}

ValueId iota(Builder& builder, std::vector<int64_t> shape, lmos_dtype dtype, int64_t axis) {
  return builder.one("iota", {},
                     {{"shape", std::move(shape)}, {"dtype", int64_t{dtype}}, {"axis", axis}});
}

ValueId matmul(Builder& builder, ValueId a, ValueId b, bool transpose_a, bool transpose_b,
               lmos_dtype dtype) {
  return builder.one("matmul", {a, b},
                     {{"transpose_a", int64_t{transpose_a}},
                      {"transpose_b", int64_t{transpose_b}},
                      {"dtype", int64_t{dtype}}});
}

ValueId as_matrix(Builder& builder, ValueId x) {
  const TensorType& type = builder.type(x);
  if (type.rank() == 2) return x;
  const int64_t rows = TensorType{type.dtype, leading_dims(type)}.elements();
  return builder.reshape(x, {rows, type.dims.back()});
}

lmos_dtype dtype_of(const Node& node, lmos_dtype otherwise) {
  if (!node.attributes.has("dtype")) return otherwise;
  return static_cast<lmos_dtype>(node.attributes.integer("dtype"));
}

lmos_dtype weight_gradient_dtype(const Builder& builder, ValueId weight) {
  const Graph& graph = builder.graph();
  const Value& value = graph.value(weight);
  if (value.kind == ValueKind::kNode) {
    const Node& producer = graph.nodes[value.node];
    if (producer.op->name == "cast" && graph.type(producer.inputs[0]).dtype == LMOS_F32) {
      return LMOS_F32;
    }
  }
  return value.type.dtype;
}

void refuse_gradient(const VjpContext& context, size_t output, std::string_view name) {
  if (context.output_gradients[output] == kNoValue) return;
  throw Error(ErrorKind::kInternal,
              "the loss depends on output " + std::string(name) + " of " +
                  std::string(context.node.op->name) +
                  ", which has no gradient; compute that quantity from other ops");
}

void refuse_wanted(const VjpContext& context, size_t operand) {
  if (!context.wanted[operand]) return;
  throw Error(ErrorKind::kInternal, std::string(context.node.op->name) +
                                        " gives no gradient of its operand " +
                                        std::string(operand_name(*context.node.op, operand)));
}

}  // namespace lmos::graph
