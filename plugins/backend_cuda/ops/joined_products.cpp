#include "ops/joined_products.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "cuda/activation/activation.h"
#include "cuda/norm/norm.h"
#include "cuda/products/matmul.h"
#include "cuda/products/skinny.h"

#include "device.h"

namespace lmos::backend_cuda {
namespace {

constexpr int64_t kMostRows = 512;

// Parts of a node's scratch memory, each aligned as that is.
class Scratch {
 public:
  int64_t bytes() const { return bytes_; }
  int64_t add(int64_t bytes) {  // its offset
    constexpr int64_t kAlignment = 256;
    const int64_t at = bytes_;
    bytes_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return at;
  }

 private:
  int64_t bytes_ = 0;
};

// x [..,I], unquantised, of some rows.
Tensor rows_of(const Node& node) {
  const Tensor x = node.input(0);
  node.require(x.rank() >= 1 && x.is_float() && x.last() > 0 && joins_products(x.rows()),
               "f32, bf16 or f16 x [..,I] of 17 to 512 rows");
  return x;
}

// y [..,O], the product of x with w [O,I] at input `index`.
cuda::MatmulShape product_shape(const Node& node, size_t index, const Tensor& y) {
  const Tensor x = node.input(0), w = node.input(index);
  node.require(w.dtype == x.dtype && w.rank() == 2 && w.dims[0] > 0 && w.dims[1] == x.last() &&
                   y.dtype == x.dtype && y.rows() == x.rows() && y.last() == w.dims[0],
               "w [O,I] and y [..,O] of x's dtype");
  return {.type = float_type(x),
          .result_type = float_type(x),
          .m = x.rows(),
          .n = w.dims[0],
          .k = x.last(),
          .transpose_b = true};
}

// One product, or a pair of which this is the first.
struct Part {
  cuda::MatmulShape shape;
  size_t first;
  std::shared_ptr<const cuda::Matmul> single;
  std::shared_ptr<const cuda::MatmulPair> pair;
};

// rms_norm of x into scratch memory, by the weights at input 1.
struct Normalised {
  cuda::Norm args{};
  int64_t y, rstd;

  Normalised(const Node& node, Scratch& scratch) {
    const Tensor x = node.input(0), norm = node.input(1);
    node.require(x.last() <= cuda::kLongestNorm && norm.is_float() && norm.has_dims({x.last()}),
                 "f32, bf16 or f16 norm [I], I at most 12288");
    args.shape = {float_type(x), float_type(norm), x.rows(), x.last(), false};
    args.epsilon = static_cast<float>(node.number("epsilon"));
    y = scratch.add(x.bytes());
    rstd = scratch.add(x.rows() * static_cast<int64_t>(sizeof(float)));
  }
  // The result.
  const void* run(const Run& run) const {
    cuda::Norm now = args;
    now.x = run[0];
    now.weight = run[1];
    now.y = run.scratch<std::byte>() + y;
    now.rstd = reinterpret_cast<float*>(run.scratch<std::byte>() + rstd);
    cuda::norm(run.stream, now);
    return now.y;
  }
};

}  // namespace

bool joins_products(int64_t rows) { return rows > cuda::kSkinnyRows && rows <= kMostRows; }

Prepared prepare_joined_rms_norm_linear(const Node& node, const Device& device) {
  constexpr size_t kWeight = 2;
  rows_of(node);
  size_t count = 1;
  while (count < cuda::kSkinnyMatrices && node.has_input(kWeight + count)) ++count;
  node.require_operands(3, 2 * cuda::kSkinnyMatrices - 1, count);
  Scratch scratch;
  const Normalised norm(node, scratch);
  // Neighbours of one shape make a pair: k and v, say.
  std::vector<Part> parts;
  for (size_t i = 0; i < count; ++i) {
    const cuda::MatmulShape shape = product_shape(node, kWeight + i, node.output(i));
    if (i > 0 && parts.back().shape == shape && parts.back().pair == nullptr) {
      parts.back().pair = device.products().pair(shape);
    } else {
      parts.push_back({shape, i, device.products().product(shape), nullptr});
    }
  }
  int64_t work_bytes = 0;
  for (const Part& part : parts)
    work_bytes =
        std::max(work_bytes, part.pair ? part.pair->scratch_bytes() : part.single->scratch_bytes());
  const int64_t work_at = scratch.add(work_bytes);
  return {[norm, parts, work_at, outputs = node.inputs()](const Run& run) {
            const void* x = norm.run(run);
            void* work = run.scratch<std::byte>() + work_at;
            for (const Part& part : parts) {
              const size_t w = kWeight + part.first, y = outputs + part.first;
              if (part.pair) {
                part.pair->run(run.stream, x, {run[w], run[w + 1]}, {run[y], run[y + 1]}, work);
              } else {
                part.single->run(run.stream, x, run[w], nullptr, run[y], work);
              }
            }
          },
          scratch.bytes()};
}

Prepared prepare_joined_rms_norm_swiglu(const Node& node, const Device& device) {
  constexpr size_t kWeight = 2;
  const Tensor x = rows_of(node);
  node.require_operands(4, 2, 1);
  Scratch scratch;
  const Normalised norm(node, scratch);
  const Tensor y = node.output(0);
  const cuda::MatmulShape shape = product_shape(node, kWeight, y);
  node.require(product_shape(node, kWeight + 1, y) == shape, "gate and up of one shape");
  const auto pair = device.products().pair(shape);
  const std::array sides{scratch.add(y.bytes()), scratch.add(y.bytes())};
  const int64_t work = scratch.add(pair->scratch_bytes());
  return {[=, type = float_type(x), count = y.elements, output = node.inputs()](const Run& run) {
            auto* const memory = run.scratch<std::byte>();
            void *gate = memory + sides[0], *up = memory + sides[1];
            // The pair runs as one where its results lie in the order of its weights.
            if (run[kWeight] > run[kWeight + 1]) std::swap(gate, up);
            pair->run(run.stream, norm.run(run), {run[kWeight], run[kWeight + 1]}, {gate, up},
                      memory + work);
            cuda::swiglu(run.stream, type, count, gate, up, run[output]);
          },
          scratch.bytes()};
}

Prepared prepare_joined_linear_add(const Node& node, const Device& device) {
  constexpr size_t kResidual = 2;
  rows_of(node);
  node.require_operands(3, 2, 1);
  node.require(!node.has_input(3), "no bias");
  node.require(node.input(kResidual).same_type(node.output(0)), "r of y's type");
  cuda::MatmulShape shape = product_shape(node, 1, node.output(0));
  shape.epilogue = cuda::Epilogue::add;
  const auto product = device.products().product(shape);
  node.require(product != nullptr, "a shape for which cuBLASLt has that epilogue");
  return {[product, output = node.inputs()](const Run& run) {
            product->run(run.stream, run[0], run[1], nullptr, run[output], run.scratch(),
                         run[kResidual]);
          },
          product->scratch_bytes()};
}

}  // namespace lmos::backend_cuda
