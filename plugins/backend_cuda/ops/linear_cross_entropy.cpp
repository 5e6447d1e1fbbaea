// linear_cross_entropy, its gradient, and both in one pass.
#include "cuda/loss/linear_cross_entropy.h"

#include "device.h"
#include "ops/operations.h"

namespace lmos::backend_cuda {
namespace {

// x [T,E], w [V,E] and labels [T] from input `x_index` on; the optional bias [V] is input
// `bias_index`.
cuda::HeadShape head_shape(const Node& node, size_t x_index, size_t bias_index) {
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
          .weight_grad_type = cuda::Float::f32,
          .tokens = x.dims[0],
          .embed = x.last(),
          .vocab = w.dims[0],
          .ignore = node.integer("ignore"),
          .bias = biased,
          .bias_type = biased ? float_type(node.input(bias_index)) : cuda::Float::f32};
}

void require_per_token(const Node& node, const Tensor& tensor, int64_t tokens) {
  node.require(tensor.dtype == LMOS_F32 && tensor.has_dims({tokens}), "f32 values [T]");
}

// dx at output `dx_index`, dw and, with a bias, db after it.
cuda::HeadShape gradient_shape(const Node& node, size_t dx_index, size_t bias_index) {
  cuda::HeadShape shape = head_shape(node, 1, bias_index);
  const Tensor dx = node.output(dx_index), dw = node.output(dx_index + 1);
  node.require(dx.same_type(node.input(1)) && dw.is_float() && dw.same_dims(node.input(2)) &&
                   (shape.type == cuda::Float::bf16 || dw.dtype == LMOS_F32),
               "dx of x's type and dw of w's shape, in f32 or w's dtype");
  shape.weight_grad_type = float_type(dw);
  if (shape.bias)
    node.require(node.output(dx_index + 2).same_type(node.input(bias_index)), "db of b's type");
  return shape;
}

// Shared, because a std::function must be copyable.
std::shared_ptr<const cuda::LinearCrossEntropy> make_head(const Device& device,
                                                          const cuda::HeadShape& shape,
                                                          bool gradient) {
  return std::make_shared<cuda::LinearCrossEntropy>(device.products(), shape, gradient);
}

}  // namespace

Prepared prepare_linear_cross_entropy(const Node& node, const Device& device) {
  node.require_operands(3, 1, 2);
  const cuda::HeadShape shape = head_shape(node, 0, 3);
  require_per_token(node, node.output(0), shape.tokens);
  require_per_token(node, node.output(1), shape.tokens);
  const auto head = make_head(device, shape, false);
  return {[=, loss = node.inputs()](const Run& run) {
            head->loss(run.stream,
                       {.x = run[0],
                        .w = run[1],
                        .bias = shape.bias ? run[3] : nullptr,
                        .labels = run.as<int32_t>(2),
                        .loss = run.as<float>(loss),
                        .lse = run.as<float>(loss + 1),
                        .fault = run.fault},
                       run.scratch());
          },
          head->scratch_bytes()};
}

Prepared prepare_linear_cross_entropy_grad(const Node& node, const Device& device) {
  node.require_operands(5, 1, node.has_input(5) ? 3 : 2);
  const cuda::HeadShape shape = gradient_shape(node, 0, 5);
  require_per_token(node, node.input(0), shape.tokens);
  require_per_token(node, node.input(4), shape.tokens);
  const auto head = make_head(device, shape, true);
  return {[=, dx = node.inputs()](const Run& run) {
            head->gradient(run.stream,
                           {.x = run[1],
                            .w = run[2],
                            .bias = shape.bias ? run[5] : nullptr,
                            .labels = run.as<int32_t>(3),
                            .loss = nullptr,
                            .lse = nullptr,
                            .fault = run.fault},
                           {.dloss = run.as<float>(0),
                            .dloss_step = 1,
                            .dx = run[dx],
                            .dw = run[dx + 1],
                            .dbias = shape.bias ? run[dx + 2] : nullptr},
                           run.scratch());
          },
          head->scratch_bytes()};
}

Prepared prepare_linear_cross_entropy_step(const Node& node, const Device& device) {
  node.require_operands(4, 1, node.has_input(4) ? 4 : 3);
  const cuda::HeadShape shape = gradient_shape(node, 1, 4);
  require_per_token(node, node.output(0), shape.tokens);
  node.require(node.input(0).dtype == LMOS_F32 && node.input(0).elements == 1,
               "a scalar f32 scale");
  const auto head = make_head(device, shape, true);
  return {[=, loss = node.inputs()](const Run& run) {
            head->gradient(run.stream,
                           {.x = run[1],
                            .w = run[2],
                            .bias = shape.bias ? run[4] : nullptr,
                            .labels = run.as<int32_t>(3),
                            .loss = run.as<float>(loss),
                            .lse = nullptr,
                            .fault = run.fault},
                           {.dloss = run.as<float>(0),
                            .dloss_step = 0,
                            .dx = run[loss + 1],
                            .dw = run[loss + 2],
                            .dbias = shape.bias ? run[loss + 3] : nullptr},
                           run.scratch());
          },
          head->scratch_bytes()};
}

}  // namespace lmos::backend_cuda
