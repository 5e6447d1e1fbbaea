// Products of a few rows with what stands around them: rms_norm_linear, rms_norm_swiglu,
// linear_add.
#include "cuda/products/skinny.h"

#include "ops/joined_products.h"
#include "ops/operations.h"
#include "ops/weight_format.h"

namespace lmos::backend_cuda {
namespace {

// Each block of the product normalises x for itself, which is for nothing but a row.
constexpr int64_t kNormalisedRows = 1;

// x [..,I] at input 0; the norm, if there is one, at input 1; the first of the weights, which are
// of one type, at input `w`.
cuda::Skinny skinny_arguments(const Node& node, bool normalised, size_t w,
                              cuda::SkinnyEpilogue epilogue) {
  const Tensor x = node.input(0);
  node.require(x.rank() >= 1 && x.is_float(), "f32, bf16 or f16 x [..,I]");
  cuda::Skinny args{};
  args.shape = {.type = float_type(x),
                .format = node.input(w).is_quantized() ? weight_format(node.input(w))
                                                       : cuda::WeightFormat::same,
                .epilogue = epilogue,
                .rows = x.rows(),
                .inputs = x.last(),
                .normalised = normalised};
  node.require(cuda::skinny_covers(args.shape) && (!normalised || x.rows() <= kNormalisedRows),
               "few rows of a length that is a multiple of 16 bytes");
  args.bias_type = args.norm_type = args.shape.type;
  if (normalised) {
    const Tensor norm = node.input(1);
    node.require((norm.dtype == x.dtype || norm.dtype == LMOS_F32) && norm.has_dims({x.last()}),
                 "norm [I] in f32 or x's dtype");
    args.norm_type = float_type(norm);
    args.epsilon = static_cast<float>(node.number("epsilon"));
  }
  return args;
}

// w [O,I] at input `index`, its scale, if it is quantised, at input `scale`, y [..,O] at output
// `output`.
cuda::SkinnyMatrix matrix(const Node& node, size_t index, size_t scale, size_t output) {
  const Tensor x = node.input(0), w = node.input(index), y = node.output(output);
  const bool scaled = node.has_input(scale);
  node.require((scaled ? w.is_quantized() : w.dtype == x.dtype) && w.rank() == 2 && w.dims[0] > 0 &&
                   w.dims[1] == x.last() && y.dtype == x.dtype && y.rows() == x.rows() &&
                   y.last() == w.dims[0],
               "w [O,I], quantised if it has a scale, and y [..,O] of x's dtype");
  if (scaled)
    node.require(node.input(scale).dtype == LMOS_F32 && node.input(scale).has_dims({w.dims[0]}),
                 "f32 scale [O]");
  return {.outputs = w.dims[0]};
}

}  // namespace

Prepared prepare_rms_norm_linear(const Node& node, const Device& device) {
  if (joins_products(node.input(0).rows())) return prepare_joined_rms_norm_linear(node, device);
  constexpr size_t kWeight = 2, kScale = kWeight + cuda::kSkinnyMatrices;
  size_t count = 1;
  while (count < cuda::kSkinnyMatrices && node.has_input(kWeight + count)) ++count;
  node.require_operands(3, 2 * cuda::kSkinnyMatrices - 1, count);
  cuda::Skinny args = skinny_arguments(node, true, kWeight, cuda::SkinnyEpilogue::plain);
  for (size_t i = 0; i < count; ++i) {
    args.matrices[i] = matrix(node, kWeight + i, kScale + i, i);
    node.require(node.input(kWeight + i).dtype == node.input(kWeight).dtype, "w of one dtype");
  }
  const bool scaled = node.has_input(kScale);
  return {[prepared = args, count, scaled, outputs = node.inputs()](const Run& run) {
    cuda::Skinny args = prepared;
    args.x = run[0];
    args.norm = run[1];
    args.weights_are_constant = run.apart(1, outputs);
    for (size_t i = 0; i < count; ++i) {
      args.matrices[i].weights = run[kWeight + i];
      args.matrices[i].scales = scaled ? run.as<float>(kScale + i) : nullptr;
      args.matrices[i].y = run[outputs + i];
      args.weights_are_constant = args.weights_are_constant && run.apart(kWeight + i, outputs) &&
                                  (!scaled || run.apart(kScale + i, outputs));
    }
    cuda::skinny_product(run.stream, args);
  }};
}

Prepared prepare_rms_norm_swiglu(const Node& node, const Device& device) {
  if (joins_products(node.input(0).rows())) return prepare_joined_rms_norm_swiglu(node, device);
  constexpr size_t kWeight = 2, kScale = 4;
  node.require_operands(4, 2, 1);
  cuda::Skinny args = skinny_arguments(node, true, kWeight, cuda::SkinnyEpilogue::swiglu);
  for (size_t i = 0; i < 2; ++i) args.matrices[i] = matrix(node, kWeight + i, kScale + i, 0);
  node.require(node.input(kWeight).same_type(node.input(kWeight + 1)), "gate and up of one type");
  const bool scaled = node.has_input(kScale);
  return {[prepared = args, scaled, y = node.inputs()](const Run& run) {
    cuda::Skinny args = prepared;
    args.x = run[0];
    args.norm = run[1];
    args.weights_are_constant = run.apart(1, y);
    for (size_t i = 0; i < 2; ++i) {
      args.matrices[i].weights = run[kWeight + i];
      args.matrices[i].scales = scaled ? run.as<float>(kScale + i) : nullptr;
      args.matrices[i].y = run[y];
      args.weights_are_constant = args.weights_are_constant && run.apart(kWeight + i, y) &&
                                  (!scaled || run.apart(kScale + i, y));
    }
    cuda::skinny_product(run.stream, args);
  }};
}

Prepared prepare_linear_add(const Node& node, const Device& device) {
  if (joins_products(node.input(0).rows())) return prepare_joined_linear_add(node, device);
  constexpr size_t kWeight = 1, kResidual = 2, kBias = 3, kScale = 4;
  node.require_operands(3, 2, 1);
  cuda::Skinny args = skinny_arguments(node, false, kWeight, cuda::SkinnyEpilogue::plain);
  args.matrices[0] = matrix(node, kWeight, kScale, 0);
  node.require(node.input(kResidual).same_type(node.output(0)), "r of y's type");
  const bool biased = node.has_input(kBias), scaled = node.has_input(kScale);
  if (biased) {
    const Tensor bias = node.input(kBias);
    node.require(bias.is_float() && bias.has_dims({args.matrices[0].outputs}) &&
                     (bias.dtype == node.input(0).dtype || bias.dtype == LMOS_F32),
                 "a bias [O] in f32 or x's dtype");
    args.bias_type = float_type(bias);
  }
  return {[prepared = args, biased, scaled, output = node.inputs()](const Run& run) {
    cuda::Skinny args = prepared;
    args.x = run[0];
    args.matrices[0].weights = run[kWeight];
    args.matrices[0].scales = scaled ? run.as<float>(kScale) : nullptr;
    args.matrices[0].residual = run[kResidual];
    args.matrices[0].bias = biased ? run[kBias] : nullptr;
    args.matrices[0].y = run[output];
    args.weights_are_constant =
        run.apart(kWeight, output) && (!scaled || run.apart(kScale, output));
    cuda::skinny_product(run.stream, args);
  }};
}

}  // namespace lmos::backend_cuda
