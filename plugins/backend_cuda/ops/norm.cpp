// rms_norm, layer_norm, both after a sum, and their gradients.
#include "cuda/norm/norm.h"

#include "ops/operations.h"

namespace lmos::backend_cuda {
namespace {

cuda::NormShape norm_shape(const Node& node, const Tensor& x, const Tensor& weight,
                           const Tensor& statistic, bool centred) {
  node.require(x.rank() >= 1 && x.is_float() && x.last() > 0 && x.last() <= cuda::kLongestNorm &&
                   weight.is_float() && weight.has_dims({x.last()}),
               "f32, bf16 or f16 x [..,E] and w [E], E at most 12288");
  node.require(statistic.dtype == LMOS_F32 && statistic.elements == x.rows(),
               "f32 statistics [..]");
  return {float_type(x), float_type(weight), x.rows(), x.last(), centred};
}

float epsilon_of(const Node& node) { return static_cast<float>(node.number("epsilon")); }

}  // namespace

Prepared prepare_rms_norm(const Node& node, const Device&) {
  node.require_operands(2, 0, 2);
  const Tensor x = node.input(0);
  const auto shape = norm_shape(node, x, node.input(1), node.output(1), false);
  node.require(node.output(0).same_type(x), "y of x's type");
  return {[=, epsilon = epsilon_of(node)](const Run& run) {
    cuda::norm(run.stream, {.shape = shape,
                            .epsilon = epsilon,
                            .x = run[0],
                            .residual = nullptr,
                            .weight = run[1],
                            .bias = nullptr,
                            .sum = nullptr,
                            .y = run[2],
                            .mean = nullptr,
                            .rstd = run.as<float>(3)});
  }};
}

Prepared prepare_add_rms_norm(const Node& node, const Device&) {
  node.require_operands(3, 0, 3);
  const Tensor x = node.input(0);
  const auto shape = norm_shape(node, x, node.input(2), node.output(2), false);
  node.require(
      node.input(1).same_type(x) && node.output(0).same_type(x) && node.output(1).same_type(x),
      "x, r, sum and y of one type");
  return {[=, epsilon = epsilon_of(node)](const Run& run) {
    cuda::norm(run.stream, {.shape = shape,
                            .epsilon = epsilon,
                            .x = run[0],
                            .residual = run[1],
                            .weight = run[2],
                            .bias = nullptr,
                            .sum = run[3],
                            .y = run[4],
                            .mean = nullptr,
                            .rstd = run.as<float>(5)});
  }};
}

Prepared prepare_rms_norm_grad(const Node& node, const Device&) {
  node.require_operands(4, 1, 2);
  const Tensor x = node.input(1), weight = node.input(2);
  const auto shape = norm_shape(node, x, weight, node.input(3), false);
  node.require(
      node.input(0).same_type(x) && node.output(0).same_type(x) && node.output(1).same_type(weight),
      "dy and dx of x's type, dw of w's");
  const bool added = node.has_input(4);
  node.require(!added || node.input(4).same_type(x), "d of x's type");
  return {[=, dx = node.inputs()](const Run& run) {
            cuda::norm_grad(run.stream, {.shape = shape,
                                         .dy = run[0],
                                         .x = run[1],
                                         .weight = run[2],
                                         .mean = nullptr,
                                         .rstd = run.as<float>(3),
                                         .d = added ? run[4] : nullptr,
                                         .dx = run[dx],
                                         .dweight = run[dx + 1],
                                         .dbias = nullptr,
                                         .sum = nullptr,
                                         .scratch = run.scratch<float>()});
          },
          cuda::norm_grad_scratch_bytes(shape)};
}

Prepared prepare_layer_norm(const Node& node, const Device&) {
  node.require_operands(3, 0, 3);
  const Tensor x = node.input(0), weight = node.input(1);
  const auto shape = norm_shape(node, x, weight, node.output(1), true);
  node.require(node.input(2).same_type(weight) && node.output(0).same_type(x) &&
                   node.output(2).same_type(node.output(1)),
               "b of w's type, y of x's, mean and rstd of one");
  return {[=, epsilon = epsilon_of(node)](const Run& run) {
    cuda::norm(run.stream, {.shape = shape,
                            .epsilon = epsilon,
                            .x = run[0],
                            .residual = nullptr,
                            .weight = run[1],
                            .bias = run[2],
                            .sum = nullptr,
                            .y = run[3],
                            .mean = run.as<float>(4),
                            .rstd = run.as<float>(5)});
  }};
}

Prepared prepare_add_layer_norm(const Node& node, const Device&) {
  node.require_operands(4, 0, 4);
  const Tensor x = node.input(0), weight = node.input(2);
  const auto shape = norm_shape(node, x, weight, node.output(2), true);
  node.require(node.input(3).same_type(weight) && node.input(1).same_type(x) &&
                   node.output(0).same_type(x) && node.output(1).same_type(x) &&
                   node.output(3).same_type(node.output(2)),
               "b of w's type, x, r, sum and y of one, mean and rstd of one");
  return {[=, epsilon = epsilon_of(node)](const Run& run) {
    cuda::norm(run.stream, {.shape = shape,
                            .epsilon = epsilon,
                            .x = run[0],
                            .residual = run[1],
                            .weight = run[2],
                            .bias = run[3],
                            .sum = run[4],
                            .y = run[5],
                            .mean = run.as<float>(6),
                            .rstd = run.as<float>(7)});
  }};
}

Prepared prepare_layer_norm_grad(const Node& node, const Device&) {
  const bool summed = node.integer_or("sum", 0) != 0;
  node.require_operands(5, 1, summed ? 4 : 3);
  const Tensor x = node.input(1), weight = node.input(2);
  const auto shape = norm_shape(node, x, weight, node.input(3), true);
  node.require(node.input(4).same_type(node.input(3)) && node.input(0).same_type(x) &&
                   node.output(0).same_type(x) && node.output(1).same_type(weight) &&
                   node.output(2).same_type(weight),
               "dy and dx of x's type, dw and db of w's");
  node.require(!summed || (node.output(3).dtype == LMOS_F32 && node.output(3).has_dims({x.last()})),
               "an f32 sum [E]");
  const bool added = node.has_input(5);
  node.require(!added || node.input(5).same_type(x), "d of x's type");
  return {[=, dx = node.inputs()](const Run& run) {
            cuda::norm_grad(run.stream, {.shape = shape,
                                         .dy = run[0],
                                         .x = run[1],
                                         .weight = run[2],
                                         .mean = run.as<float>(3),
                                         .rstd = run.as<float>(4),
                                         .d = added ? run[5] : nullptr,
                                         .dx = run[dx],
                                         .dweight = run[dx + 1],
                                         .dbias = run[dx + 2],
                                         .sum = summed ? run.as<float>(dx + 3) : nullptr,
                                         .scratch = run.scratch<float>()});
          },
          cuda::norm_grad_scratch_bytes(shape)};
}

}  // namespace lmos::backend_cuda
