// linear_quantized: few rows read the stored weights; for many, the weights are turned into floats
// a part at a time, which the library multiplies.
#include <algorithm>
#include <memory>
#include <vector>

#include "cuda/products/dequantize.h"
#include "cuda/products/matmul.h"
#include "cuda/products/skinny.h"

#include "device.h"
#include "ops/operations.h"
#include "ops/weight_format.h"

namespace lmos::backend_cuda {
namespace {

enum Operand : size_t { kX, kQ, kScale, kBias };

// Of floats at once: they stay in the second level cache between the two kernels.
constexpr int64_t kPartBytes = int64_t{16} << 20;
constexpr int64_t kPartOutputs = 64;  // a part is a multiple, which keeps addresses aligned

struct QuantizedShape {
  cuda::Float type, bias_type;
  cuda::WeightFormat format;
  int64_t rows, inputs, outputs;
  bool biased;
};

QuantizedShape quantized_shape(const Node& node) {
  node.require_operands(3, 1, 1);
  const Tensor x = node.input(kX), q = node.input(kQ), scale = node.input(kScale);
  const Tensor y = node.output(0);
  node.require(
      x.rank() >= 1 && x.is_float() && q.is_quantized() && q.rank() == 2 && q.last() == x.last() &&
          x.elements > 0 && q.elements > 0 && scale.dtype == LMOS_F32 &&
          scale.has_dims({q.dims[0]}) && y.dtype == x.dtype && y.rows() == x.rows() &&
          y.last() == q.dims[0],
      "f32, bf16 or f16 x [..,I], i8 or f8_e4m3 q [O,I], f32 scale [O] and y [..,O] of x's "
      "dtype, no dimension of 0");
  const bool biased = node.has_input(kBias);
  if (biased) {
    const Tensor bias = node.input(kBias);
    node.require(bias.is_float() && bias.has_dims({q.dims[0]}) &&
                     (bias.dtype == x.dtype || bias.dtype == LMOS_F32),
                 "a bias [O] in f32 or x's dtype");
  }
  return {.type = float_type(x),
          .bias_type = biased ? float_type(node.input(kBias)) : cuda::Float::f32,
          .format = weight_format(q),
          .rows = x.rows(),
          .inputs = x.last(),
          .outputs = q.dims[0],
          .biased = biased};
}

Prepared few_rows(const QuantizedShape& shape, const cuda::SkinnyShape& skinny, size_t y) {
  return {[=](const Run& run) {
    cuda::Skinny args{};
    args.shape = skinny;
    args.x = run[kX];
    args.bias_type = shape.bias_type;
    args.matrices[0] = {.outputs = shape.outputs,
                        .weights = run[kQ],
                        .scales = run.as<float>(kScale),
                        .bias = shape.biased ? run[kBias] : nullptr,
                        .y = run[y]};
    args.weights_are_constant = run.apart(kQ, y) && run.apart(kScale, y);
    cuda::skinny_product(run.stream, args);
  }};
}

struct Part {
  int64_t first, outputs;
  std::shared_ptr<const cuda::Matmul> product;
};

Prepared many_rows(const QuantizedShape& shape, const Device& device, size_t y) {
  const int64_t row_bytes = shape.inputs * cuda::bytes_of(shape.type);
  const int64_t most = std::max<int64_t>(1, kPartBytes / row_bytes / kPartOutputs) * kPartOutputs;
  std::vector<Part> parts;
  int64_t product_bytes = 0;
  for (int64_t first = 0; first < shape.outputs; first += most) {
    const int64_t outputs = std::min(most, shape.outputs - first);
    parts.push_back({first, outputs,
                     device.products().product({.type = shape.type,
                                                .result_type = shape.type,
                                                .m = shape.rows,
                                                .n = outputs,
                                                .k = shape.inputs,
                                                .transpose_b = true,
                                                .y_step = shape.outputs,
                                                .bias = shape.biased,
                                                .bias_type = shape.bias_type})});
    product_bytes = std::max(product_bytes, parts.back().product->scratch_bytes());
  }
  // The library's scratch is aligned to 256 bytes.
  const int64_t floats = (parts.front().outputs * row_bytes + 255) / 256 * 256;
  return {[=](const Run& run) {
            char* const w = run.scratch<char>();
            for (const Part& part : parts) {
              cuda::dequantize(run.stream, shape.format, shape.type, part.outputs, shape.inputs,
                               run.as<char>(kQ) + part.first * shape.inputs,
                               run.as<float>(kScale) + part.first, w);
              part.product->run(
                  run.stream, run[kX], w,
                  shape.biased ? run.as<char>(kBias) + part.first * cuda::bytes_of(shape.bias_type)
                               : nullptr,
                  run.as<char>(y) + part.first * cuda::bytes_of(shape.type), w + floats);
            }
          },
          floats + product_bytes};
}

}  // namespace

Prepared prepare_linear_quantized(const Node& node, const Device& device) {
  const QuantizedShape shape = quantized_shape(node);
  const cuda::SkinnyShape skinny{.type = shape.type,
                                 .format = shape.format,
                                 .epilogue = cuda::SkinnyEpilogue::plain,
                                 .rows = shape.rows,
                                 .inputs = shape.inputs,
                                 .normalised = false};
  const size_t y = node.inputs();
  return cuda::skinny_covers(skinny) ? few_rows(shape, skinny, y) : many_rows(shape, device, y);
}

}  // namespace lmos::backend_cuda
