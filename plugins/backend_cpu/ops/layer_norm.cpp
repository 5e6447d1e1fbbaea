// layer_norm, layer_norm_grad.
#include "ops/operations.h"

namespace lmos::backend_cpu {
namespace {

void require_norm(const Node& node, const Tensor& x, const Tensor& weight, const Tensor& mean,
                  const Tensor& rstd) {
  node.require(x.rank() >= 1 && x.is_float() && x.last() > 0 && weight.is_float() &&
                   weight.has_dims({x.last()}),
               "f32, bf16 or f16 x [..,E] and w [E]");
  node.require(mean.dtype == LMOS_F32 && mean.elements == x.rows() && mean.same_type(rstd),
               "f32 mean and rstd [..]");
}

}  // namespace

Prepared prepare_layer_norm(const Node& node, const Machine& machine) {
  node.require_operands(3, 0, 3);
  const Tensor x = node.input(0), weight = node.input(1);
  require_norm(node, x, weight, node.output(1), node.output(2));
  node.require(node.input(2).same_type(weight) && node.output(0).same_type(x),
               "b of w's type and y of x's");
  return {[kernel = machine.kernels.layer_norm.layer_norm, type = float_type(x),
           weight_type = float_type(weight), rows = x.rows(), embed = x.last(),
           epsilon = static_cast<float>(node.number("epsilon"))](const Run& run) {
    kernel(run.parallel, {type, weight_type, rows, embed, epsilon, run[0], run[1], run[2], run[3],
                          run.as<float>(4), run.as<float>(5)});
  }};
}

Prepared prepare_layer_norm_grad(const Node& node, const Machine& machine) {
  node.require_operands(5, 0, 3);
  const Tensor x = node.input(1), weight = node.input(2);
  require_norm(node, x, weight, node.input(3), node.input(4));
  node.require(node.input(0).same_type(x) && node.output(0).same_type(x) &&
                   node.output(1).same_type(weight) && node.output(2).same_type(weight),
               "dy and dx of x's type, dw and db of w's");
  return {[kernel = machine.kernels.layer_norm.layer_norm_grad, type = float_type(x),
           weight_type = float_type(weight), rows = x.rows(), embed = x.last()](const Run& run) {
            kernel(run.parallel,
                   {type, weight_type, rows, embed, run[0], run[1], run[2], run.as<float>(3),
                    run.as<float>(4), run[5], run[6], run[7], run.scratch<float>()});
          },
          cpu::layer_norm_partials(x.rows()) * 2 * x.last() * 4};
}

}  // namespace lmos::backend_cpu
