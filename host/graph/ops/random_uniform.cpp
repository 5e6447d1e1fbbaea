#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  require_type(context, 0, {LMOS_I64, {2}});
  return {{LMOS_F32, shape_attribute(context)}};
}

}  // namespace

const Op kRandomUniform{
    .name = "random_uniform",
    .operands = {"state"},
    .attributes = {{"shape", AttributeKind::kInts}, {"site", AttributeKind::kInt}},
    .infer = infer,
    .not_differentiable = "it depends on integers alone",
};

}  // namespace lmos::graph
