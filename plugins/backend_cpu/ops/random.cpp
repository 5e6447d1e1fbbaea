// random_uniform, dropout.
#include "ops/dropout_rate.h"
#include "ops/operations.h"

namespace lmos::backend_cpu {

Prepared prepare_random_uniform(const Node& node, const Machine& machine) {
  node.require_operands(1, 0, 1);
  const Tensor y = node.output(0);
  node.require(y.dtype == LMOS_F32, "an f32 output");
  return {[kernel = machine.kernels.random.random_uniform, site = site_of(node, node.input(0)),
           count = y.elements](const Run& run) {
    kernel(run.parallel, {run.as<int64_t>(0), site, count, run.as<float>(1)});
  }};
}

Prepared prepare_dropout(const Node& node, const Machine& machine) {
  node.require_operands(2, 0, 1);
  const Tensor x = node.input(0);
  node.require(x.is_float() && x.same_type(node.output(0)), "f32, bf16 or f16 of one type");
  const DropoutRate rate(node);
  return {[=, kernel = machine.kernels.random.dropout, site = site_of(node, node.input(1)),
           type = float_type(x), count = x.elements](const Run& run) {
    kernel(run.parallel,
           {type, run.as<int64_t>(1), site, rate.threshold, rate.scale, count, run[0], run[2]});
  }};
}

}  // namespace lmos::backend_cpu
