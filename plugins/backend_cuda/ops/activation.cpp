// swiglu, gelu and their gradients.
#include "cuda/activation/activation.h"

#include "ops/operations.h"

namespace lmos::backend_cuda {
namespace {

// All operands are floats of one type; returns it.
Tensor common_type(const Node& node, size_t inputs, size_t outputs) {
  node.require_operands(inputs, 0, outputs);
  const Tensor x = node.input(0);
  bool same = x.is_float();
  for (size_t i = 1; i < inputs; ++i) same = same && x.same_type(node.input(i));
  for (size_t i = 0; i < outputs; ++i) same = same && x.same_type(node.output(i));
  node.require(same, "f32, bf16 or f16 of one type");
  return x;
}

bool is_approximate(const Node& node) { return node.integer_or("approximate", 0) != 0; }

}  // namespace

Prepared prepare_swiglu(const Node& node, const Device&) {
  const Tensor x = common_type(node, 2, 1);
  return {[type = float_type(x), count = x.elements](const Run& run) {
    cuda::swiglu(run.stream, type, count, run[0], run[1], run[2]);
  }};
}

Prepared prepare_swiglu_grad(const Node& node, const Device&) {
  const Tensor x = common_type(node, 3, 2);
  return {[type = float_type(x), count = x.elements](const Run& run) {
    cuda::swiglu_grad(run.stream, type, count, run[0], run[1], run[2], run[3], run[4]);
  }};
}

Prepared prepare_gelu(const Node& node, const Device&) {
  const Tensor x = common_type(node, 1, 1);
  return {[type = float_type(x), approximate = is_approximate(node),
           count = x.elements](const Run& run) {
    cuda::gelu(run.stream, type, approximate, count, run[0], run[1]);
  }};
}

Prepared prepare_gelu_grad(const Node& node, const Device&) {
  const Tensor x = common_type(node, 2, 1);
  return {[type = float_type(x), approximate = is_approximate(node),
           count = x.elements](const Run& run) {
    cuda::gelu_grad(run.stream, type, approximate, count, run[0], run[1], run[2]);
  }};
}

}  // namespace lmos::backend_cuda
