// matmul, linear, linear_weight_grad, and products with a sum, a gelu or its gradient.
#include "cuda/products/matmul.h"
#include "cuda/products/skinny.h"

#include "device.h"
#include "ops/operations.h"

namespace lmos::backend_cuda {
namespace {

constexpr size_t kNone = SIZE_MAX;

// y = a · b (+ bias), of operands by index; `h` is what the epilogue needs.
Prepared product(const Node& node, const Device& device, const cuda::MatmulShape& shape, size_t a,
                 size_t b, size_t bias, size_t y, size_t h = kNone) {
  node.require(shape.batch > 0 && shape.m > 0 && shape.n > 0 && shape.k > 0, "no dimension of 0");
  if (shape.epilogue == cuda::Epilogue::gelu || shape.epilogue == cuda::Epilogue::gelu_grad) {
    node.require(shape.type == cuda::Float::bf16 && shape.n % 8 == 0, "bf16, N a multiple of 8");
    node.require(node.integer_or("approximate", 0) != 0, "`approximate`");
  }
  const auto matmul = device.products().product(shape);
  node.require(matmul != nullptr, "a shape for which cuBLASLt has that epilogue");
  return {[=](const Run& run) {
            matmul->run(run.stream, run[a], run[b], bias == kNone ? nullptr : run[bias], run[y],
                        run.scratch(), h == kNone ? nullptr : run[h]);
          },
          matmul->scratch_bytes()};
}

// Few rows by a transposed matrix: decoding. The matrix is read once, at the rate of the memory.
bool is_skinny(const cuda::MatmulShape& shape, cuda::SkinnyShape& skinny) {
  skinny = {.type = shape.type,
            .format = cuda::WeightFormat::same,
            .epilogue = cuda::SkinnyEpilogue::plain,
            .rows = shape.m,
            .inputs = shape.k,
            .normalised = false,
            .wide = shape.result_type == cuda::Float::f32};
  return shape.batch == 1 && !shape.transpose_a && shape.transpose_b &&
         (shape.type == shape.result_type || skinny.wide) && cuda::skinny_covers(skinny);
}

Prepared skinny_product(const cuda::SkinnyShape& shape, int64_t outputs, cuda::Float bias_type,
                        size_t bias, size_t y) {
  return {[=](const Run& run) {
    cuda::Skinny args{};
    args.shape = shape;
    args.x = run[0];
    args.bias_type = bias_type;
    args.matrices[0] = {.outputs = outputs,
                        .weights = run[1],
                        .bias = bias == kNone ? nullptr : run[bias],
                        .y = run[y]};
    args.weights_are_constant = run.apart(1, y);
    cuda::skinny_product(run.stream, args);
  }};
}

// x, w and the optional bias are the inputs, y the first output.
cuda::MatmulShape linear_shape(const Node& node, size_t results) {
  node.require_operands(2, 1, results);
  const Tensor x = node.input(0), w = node.input(1), y = node.output(0);
  const bool transposed = node.integer_or("transposed", 0) != 0;
  node.require(x.rank() >= 1 && x.is_float() && w.rank() == 2 &&
                   w.dims[transposed ? 0 : 1] == x.last() && w.dtype == x.dtype &&
                   y.dtype == x.dtype,
               "f32, bf16 or f16 x [..,I], w [O,I] or, if `transposed`, [I,O], and y of one dtype");
  const int64_t outputs = w.dims[transposed ? 1 : 0];
  const bool biased = node.has_input(2);
  if (biased) {
    const Tensor bias = node.input(2);
    node.require(bias.is_float() && bias.has_dims({outputs}) &&
                     (bias.dtype == x.dtype || bias.dtype == LMOS_F32),
                 "a bias [O] in f32 or x's dtype");
  }
  return {.type = float_type(x),
          .result_type = float_type(y),
          .m = x.rows(),
          .n = outputs,
          .k = x.last(),
          .transpose_b = !transposed,
          .bias = biased,
          .bias_type = biased ? float_type(node.input(2)) : cuda::Float::f32};
}

// Of matmul, or of matmul_add without its c.
cuda::MatmulShape matmul_shape(const Node& node) {
  const Tensor a = node.input(0), b = node.input(1), y = node.output(0);
  const size_t rank = a.dims.size();
  node.require(rank >= 2 && b.dims.size() == rank && y.dims.size() == rank && a.is_float() &&
                   a.dtype == b.dtype && y.is_float() &&
                   (y.dtype == a.dtype || y.dtype == LMOS_F32),
               "matrices of one of f32, bf16 and f16, and a result in that or f32");
  const bool transpose_a = node.integer_or("transpose_a", 0) != 0;
  const bool transpose_b = node.integer_or("transpose_b", 0) != 0;
  int64_t batch = 1;
  for (size_t i = 0; i + 2 < rank; ++i) {
    node.require(a.dims[i] == b.dims[i] && a.dims[i] == y.dims[i], "equal leading dims");
    batch *= a.dims[i];
  }
  const cuda::MatmulShape shape{.type = float_type(a),
                                .result_type = float_type(y),
                                .batch = batch,
                                .m = y.dims[rank - 2],
                                .n = y.dims[rank - 1],
                                .k = a.dims[rank - (transpose_a ? 2 : 1)],
                                .transpose_a = transpose_a,
                                .transpose_b = transpose_b};
  node.require(a.dims[rank - (transpose_a ? 1 : 2)] == shape.m &&
                   b.dims[rank - (transpose_b ? 1 : 2)] == shape.k &&
                   b.dims[rank - (transpose_b ? 2 : 1)] == shape.n,
               "[M,K] by [K,N] giving [M,N]");
  return shape;
}

}  // namespace

Prepared prepare_matmul(const Node& node, const Device& device) {
  node.require_operands(2, 0, 1);
  const cuda::MatmulShape shape = matmul_shape(node);
  cuda::SkinnyShape skinny;
  if (is_skinny(shape, skinny)) return skinny_product(skinny, shape.n, shape.bias_type, kNone, 2);
  return product(node, device, shape, 0, 1, kNone, 2);
}

Prepared prepare_matmul_add(const Node& node, const Device& device) {
  node.require_operands(3, 0, 1);
  cuda::MatmulShape shape = matmul_shape(node);
  node.require(
      node.output(0).dtype == node.input(0).dtype && node.input(2).same_type(node.output(0)),
      "c and y of one type, in a's dtype");
  shape.epilogue = cuda::Epilogue::add;
  return product(node, device, shape, 0, 1, kNone, 3, 2);
}

Prepared prepare_linear(const Node& node, const Device& device) {
  const cuda::MatmulShape shape = linear_shape(node, 1);
  const size_t bias = shape.bias ? 2 : kNone, y = node.inputs();
  cuda::SkinnyShape skinny;
  if (is_skinny(shape, skinny)) return skinny_product(skinny, shape.n, shape.bias_type, bias, y);
  return product(node, device, shape, 0, 1, bias, y);
}

Prepared prepare_linear_gelu(const Node& node, const Device& device) {
  cuda::MatmulShape shape = linear_shape(node, 2);
  node.require(node.output(1).same_type(node.output(0)), "y and h of one type");
  cuda::SkinnyShape skinny;
  node.require(!is_skinny(shape, skinny), "more rows than few");
  shape.epilogue = cuda::Epilogue::gelu;
  return product(node, device, shape, 0, 1, shape.bias ? 2 : kNone, node.inputs(),
                 node.inputs() + 1);
}

Prepared prepare_matmul_gelu_grad(const Node& node, const Device& device) {
  node.require_operands(3, 0, 1);
  const Tensor a = node.input(0), b = node.input(1), x = node.input(2);
  const bool transposed = node.integer_or("transpose_b", 0) != 0;
  node.require(a.rank() == 2 && b.rank() == 2 && a.dtype == b.dtype &&
                   b.dims[transposed ? 1 : 0] == a.last() && x.dtype == a.dtype &&
                   x.has_dims({a.dims[0], b.dims[transposed ? 0 : 1]}) &&
                   node.output(0).same_type(x),
               "a [M,K], b [K,N] or [N,K], x and dx [M,N] of one type");
  return product(node, device,
                 {.type = float_type(a),
                  .result_type = float_type(x),
                  .m = a.dims[0],
                  .n = x.last(),
                  .k = a.last(),
                  .transpose_b = transposed,
                  .epilogue = cuda::Epilogue::gelu_grad},
                 0, 1, kNone, 3, 2);
}

Prepared prepare_linear_weight_grad(const Node& node, const Device& device) {
  node.require_operands(2, 0, 1);
  const Tensor dy = node.input(0), x = node.input(1), dw = node.output(0);
  node.require(dy.rank() >= 1 && x.rank() >= 1 && dy.is_float() && dy.dtype == x.dtype &&
                   dy.rows() == x.rows() && dw.has_dims({dy.last(), x.last()}) && dw.is_float() &&
                   (dw.dtype == dy.dtype || dw.dtype == LMOS_F32),
               "dy [..,O] and x [..,I] of one of f32, bf16 and f16, and dw [O,I] in that or f32");
  const cuda::MatmulShape shape{.type = float_type(dy),
                                .result_type = float_type(dw),
                                .m = dy.last(),
                                .n = x.last(),
                                .k = x.rows(),
                                .transpose_a = true};
  return product(node, device, shape, 0, 1, kNone, 2);
}

}  // namespace lmos::backend_cuda
