#include <algorithm>

#include "graph/builder.h"
#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

// A shape as the product of its numbers and the symbols among its dims, sorted.
struct Size {
  int64_t numbers = 1;
  std::vector<int64_t> symbols;
  bool operator==(const Size&) const = default;
};

Size size_of(const InferContext& context, const std::vector<int64_t>& dims) {
  Size size;
  for (int64_t dim : dims) {
    if (LMOS_IS_SYMBOL(dim)) {
      size.symbols.push_back(dim);
    } else {
      require(context, !__builtin_mul_overflow(size.numbers, dim, &size.numbers),
              "the number of elements is out of range");
    }
  }
  std::sort(size.symbols.begin(), size.symbols.end());
  return size;
}

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[0];
  const auto& shape = shape_attribute(context);
  const Size from = size_of(context, x.dims), to = size_of(context, shape);
  // One symbol may stand for the product of two, as tokens does for sequences of a length: that is
  // checked when they are bound.
  const bool undecided =
      !from.symbols.empty() && !to.symbols.empty() && from.symbols.size() != to.symbols.size();
  require(context, undecided || from == to, "shape must have as many elements as x");
  return {{x.dtype, shape}};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& b = context.builder;
  return {b.reshape(context.output_gradients[0], b.type(context.node.inputs[0]).dims)};
}

double count_flops(const Graph&, const Node&) { return 0; }

}  // namespace

const Op kReshape{
    .name = "reshape",
    .operands = {"x"},
    .attributes = {{"shape", AttributeKind::kInts}},
    .infer = infer,
    .vjp = vjp,
    .flops = count_flops,
};

}  // namespace lmos::graph
