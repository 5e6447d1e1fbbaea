// linear_cross_entropy, its gradient, and both in one pass.
#include "cpu/loss/linear_cross_entropy.h"

#include "llmasos/error.hpp"
#include "ops/operations.h"

namespace lmos::backend_cpu {
namespace {

// x [T,E], w [V,E] and labels [T] from input `x_index` on; the optional bias [V] is input `bias`.
cpu::LinearCrossEntropyShape head_shape(const Node& node, size_t x_index, size_t bias_index) {
  const Tensor x = node.input(x_index), w = node.input(x_index + 1);
  const Tensor labels = node.input(x_index + 2);
  node.require(x.rank() == 2 && w.rank() == 2 && x.is_float() && x.dtype == w.dtype &&
                   x.last() == w.last() && x.elements > 0 && w.elements > 0 &&
                   labels.dtype == LMOS_I32 && labels.has_dims({x.dims[0]}),
               "f32, bf16 or f16 x [T,E] and w [V,E], and i32 labels [T]");
  const bool biased = node.has_input(bias_index);
  if (biased) {
    const Tensor bias = node.input(bias_index);
    node.require(bias.is_float() && bias.has_dims({w.dims[0]}) &&
                     (bias.dtype == x.dtype || bias.dtype == LMOS_F32),
                 "a bias [V] in f32 or x's dtype");
  }
  return {.type = float_type(x),
          .weight_grad_type = cpu::Float::f32,
          .tokens = x.dims[0],
          .embed = x.last(),
          .vocab = w.dims[0],
          .ignore = node.integer("ignore"),
          .bias = biased,
          .bias_type = biased ? float_type(node.input(bias_index)) : cpu::Float::f32};
}

void require_per_token(const Node& node, const Tensor& tensor, int64_t tokens) {
  node.require(tensor.dtype == LMOS_F32 && tensor.has_dims({tokens}), "f32 values [T]");
}

// dx at output `dx_index`, dw and, with a bias, db after it.
cpu::LinearCrossEntropyShape gradient_shape(const Node& node, size_t dx_index, size_t bias_index) {
  cpu::LinearCrossEntropyShape shape = head_shape(node, 1, bias_index);
  const Tensor dx = node.output(dx_index), dw = node.output(dx_index + 1);
  node.require(dx.same_type(node.input(1)) && dw.is_float() && dw.same_dims(node.input(2)),
               "dx of x's type and f32, bf16 or f16 dw of w's shape");
  shape.weight_grad_type = float_type(dw);
  if (shape.bias) {
    node.require(node.output(dx_index + 2).same_type(node.input(bias_index)), "db of b's type");
  }
  return shape;
}

void check_labels(bool valid, int64_t vocab) {
  if (!valid) {
    throw sdk::invalid("linear_cross_entropy: a label is outside [0, " + std::to_string(vocab) +
                       ") and is not `ignore`");
  }
}

using Head = std::shared_ptr<cpu::LinearCrossEntropy>;  // a std::function must be copyable

Head make_head(const Machine& machine, const cpu::LinearCrossEntropyShape& shape, bool gradient) {
  return std::make_shared<cpu::LinearCrossEntropy>(machine.kernels, shape, gradient,
                                                   machine.threads);
}

}  // namespace

Prepared prepare_linear_cross_entropy(const Node& node, const Machine& machine) {
  node.require_operands(3, 1, 2);
  const cpu::LinearCrossEntropyShape shape = head_shape(node, 0, 3);
  require_per_token(node, node.output(0), shape.tokens);
  require_per_token(node, node.output(1), shape.tokens);
  const Head head = make_head(machine, shape, false);
  return {[=, loss = node.inputs()](const Run& run) {
            check_labels(head->loss(run.parallel,
                                    {.x = run[0],
                                     .w = run[1],
                                     .bias = shape.bias ? run[3] : nullptr,
                                     .labels = run.as<int32_t>(2),
                                     .loss = run.as<float>(loss),
                                     .lse = run.as<float>(loss + 1)},
                                    run.scratch()),
                         shape.vocab);
          },
          head->scratch_bytes()};
}

Prepared prepare_linear_cross_entropy_grad(const Node& node, const Machine& machine) {
  node.require_operands(5, 1, node.has_input(5) ? 3 : 2);
  const cpu::LinearCrossEntropyShape shape = gradient_shape(node, 0, 5);
  require_per_token(node, node.input(0), shape.tokens);
  require_per_token(node, node.input(4), shape.tokens);
  const Head head = make_head(machine, shape, true);
  return {[=, dx = node.inputs()](const Run& run) {
            check_labels(head->gradient(run.parallel,
                                        {.x = run[1],
                                         .w = run[2],
                                         .bias = shape.bias ? run[5] : nullptr,
                                         .labels = run.as<int32_t>(3),
                                         .dloss = run.as<float>(0),
                                         .dloss_step = 1,
                                         .lse = run.as<float>(4),
                                         .loss = nullptr,
                                         .dx = run[dx],
                                         .dw = run[dx + 1],
                                         .dbias = shape.bias ? run[dx + 2] : nullptr},
                                        run.scratch()),
                         shape.vocab);
          },
          head->scratch_bytes()};
}

Prepared prepare_linear_cross_entropy_step(const Node& node, const Machine& machine) {
  node.require_operands(4, 1, node.has_input(4) ? 4 : 3);
  const cpu::LinearCrossEntropyShape shape = gradient_shape(node, 1, 4);
  require_per_token(node, node.output(0), shape.tokens);
  node.require(node.input(0).dtype == LMOS_F32 && node.input(0).elements == 1,
               "a scalar f32 scale");
  const Head head = make_head(machine, shape, true);
  const int64_t head_bytes = (head->scratch_bytes() + 63) / 64 * 64;
  return {[=, loss = node.inputs()](const Run& run) {
            check_labels(head->gradient(run.parallel,
                                        {.x = run[1],
                                         .w = run[2],
                                         .bias = shape.bias ? run[4] : nullptr,
                                         .labels = run.as<int32_t>(3),
                                         .dloss = run.as<float>(0),
                                         .dloss_step = 0,
                                         .lse = run.scratch<float>(head_bytes),
                                         .loss = run.as<float>(loss),
                                         .dx = run[loss + 1],
                                         .dw = run[loss + 2],
                                         .dbias = shape.bias ? run[loss + 3] : nullptr},
                                        run.scratch()),
                         shape.vocab);
          },
          head_bytes + shape.tokens * 4};
}

}  // namespace lmos::backend_cpu
