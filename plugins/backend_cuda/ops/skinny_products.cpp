// Products of a few rows with what stands around them: rms_norm_linear, rms_norm_swiglu,
// linear_add.
#include "cuda/products/skinny.h"

#include "ops/operations.h"

namespace lmos::backend_cuda {
namespace {

// Each block of the product normalises x for itself, which is for nothing but a row.
constexpr int64_t kNormalisedRows = 1;

// x [..,I] at input 0; the norm, if there is one, at input 1.
cuda::Skinny skinny_arguments(const Node& node, bool normalised, cuda::SkinnyEpilogue epilogue) {
  const Tensor x = node.input(0);
  node.require(x.rank() >= 1 && x.is_float(), "f32 or bf16 x [..,I]");
  cuda::Skinny args{};
  args.shape = {.type = float_type(x),
                .format = cuda::WeightFormat::same,
                .epilogue = epilogue,
                .rows = x.rows(),
                .inputs = x.last(),
                .normalised = normalised};
  node.require(cuda::skinny_covers(args.shape) && (!normalised || x.rows() <= kNormalisedRows),
               "few rows of a length that is a multiple of 16 bytes");
  args.bias_type = args.norm_type = args.shape.type;
  if (normalised) {
    const Tensor norm = node.input(1);
    node.require(norm.is_float() && norm.has_dims({x.last()}), "f32 or bf16 norm [I]");
    args.norm_type = float_type(norm);
    args.epsilon = static_cast<float>(node.number("epsilon"));
  }
  return args;
}

// w [O,I] at input `index`, y [..,O] at output `output`.
cuda::SkinnyMatrix matrix(const Node& node, size_t index, size_t output) {
  const Tensor x = node.input(0), w = node.input(index), y = node.output(output);
  node.require(w.dtype == x.dtype && w.rank() == 2 && w.dims[0] > 0 && w.dims[1] == x.last() &&
                   y.dtype == x.dtype && y.rows() == x.rows() && y.last() == w.dims[0],
               "w [O,I] and y [..,O] of x's dtype");
  return {.outputs = w.dims[0]};
}

}  // namespace

Prepared prepare_rms_norm_linear(const Node& node, const Device&) {
  size_t count = 1;
  while (count < cuda::kSkinnyMatrices && node.has_input(2 + count)) ++count;
  node.require_operands(3, cuda::kSkinnyMatrices - 1, count);
  cuda::Skinny args = skinny_arguments(node, true, cuda::SkinnyEpilogue::plain);
  for (size_t i = 0; i < count; ++i) args.matrices[i] = matrix(node, 2 + i, i);
  return {[prepared = args, count, outputs = node.inputs()](const Run& run) {
    cuda::Skinny args = prepared;
    args.x = run[0];
    args.norm = run[1];
    args.weights_are_constant = run.apart(1, outputs);
    for (size_t i = 0; i < count; ++i) {
      args.matrices[i].weights = run[2 + i];
      args.matrices[i].y = run[outputs + i];
      args.weights_are_constant = args.weights_are_constant && run.apart(2 + i, outputs);
    }
    cuda::skinny_product(run.stream, args);
  }};
}

Prepared prepare_rms_norm_swiglu(const Node& node, const Device&) {
  node.require_operands(4, 0, 1);
  cuda::Skinny args = skinny_arguments(node, true, cuda::SkinnyEpilogue::swiglu);
  for (size_t i = 0; i < 2; ++i) args.matrices[i] = matrix(node, 2 + i, 0);
  return {[prepared = args](const Run& run) {
    cuda::Skinny args = prepared;
    args.x = run[0];
    args.norm = run[1];
    args.weights_are_constant = run.apart(1, 4) && run.apart(2, 4) && run.apart(3, 4);
    for (size_t i = 0; i < 2; ++i) {
      args.matrices[i].weights = run[2 + i];
      args.matrices[i].y = run[4];
    }
    cuda::skinny_product(run.stream, args);
  }};
}

Prepared prepare_linear_add(const Node& node, const Device&) {
  node.require_operands(3, 1, 1);
  cuda::Skinny args = skinny_arguments(node, false, cuda::SkinnyEpilogue::plain);
  args.matrices[0] = matrix(node, 1, 0);
  node.require(node.input(2).same_type(node.output(0)), "r of y's type");
  const bool biased = node.has_input(3);
  if (biased) {
    const Tensor bias = node.input(3);
    node.require(bias.is_float() && bias.has_dims({args.matrices[0].outputs}) &&
                     (args.shape.type == cuda::Float::bf16 || bias.dtype == LMOS_F32),
                 "a bias [O] in f32 or x's dtype");
    args.bias_type = float_type(bias);
  }
  return {[prepared = args, biased, output = node.inputs()](const Run& run) {
    cuda::Skinny args = prepared;
    args.x = run[0];
    args.matrices[0].weights = run[1];
    args.matrices[0].residual = run[2];
    args.matrices[0].bias = biased ? run[3] : nullptr;
    args.matrices[0].y = run[output];
    args.weights_are_constant = run.apart(1, output);
    cuda::skinny_product(run.stream, args);
  }};
}

}  // namespace lmos::backend_cuda
