#include "cuda/loss/linear_cross_entropy.h"

#include <algorithm>

#include "cuda/elementwise/elementwise.h"
#include "cuda/loss/cross_entropy.h"

namespace lmos::cuda {
namespace {

// Large enough that products run at their full rate, small beside the activations of a model.
constexpr int64_t kLogitBytes = int64_t{1152} << 20;
constexpr int64_t kRowsTogether = 128;

int64_t round_up(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

LinearCrossEntropy::LinearCrossEntropy(Products& products, const HeadShape& shape, bool gradient)
    : shape_(shape), step_(round_up(shape.vocab, 8)) {
  const int64_t row_bytes = step_ * bytes_of(shape.type);
  const int64_t most =
      std::max(kRowsTogether, kLogitBytes / row_bytes / kRowsTogether * kRowsTogether);
  // Chunks of one size, but for the rounding.
  const int64_t chunks = (shape.tokens + most - 1) / most;
  chunk_tokens_ =
      std::min(shape.tokens, round_up((shape.tokens + chunks - 1) / chunks, kRowsTogether));
  const int64_t last_tokens = (shape.tokens - 1) % chunk_tokens_ + 1;
  chunk_ = chunk_of(products, chunk_tokens_, gradient);
  last_ = chunk_of(products, last_tokens, gradient);

  int64_t work = 0;
  for (const Chunk& chunk : {chunk_, last_})
    for (const auto& product : {chunk.logits, chunk.dx, chunk.dw_first, chunk.dw_more,
                                chunk.dbias_first, chunk.dbias_more})
      if (product) work = std::max(work, product->scratch_bytes());
  const auto place = [&](int64_t bytes) {
    const int64_t offset = scratch_bytes_;
    scratch_bytes_ += round_up(bytes, 256);
    return offset;
  };
  plan_.logits = place(chunk_tokens_ * row_bytes);
  plan_.work = place(work);
  if (!gradient) return;
  if (rounds_weight_grad()) plan_.dw = place(shape.vocab * shape.embed * 4);
  if (shape.bias) {
    plan_.dbias = place(shape.vocab * 4);
    plan_.ones = place(chunk_tokens_ * bytes_of(shape.type));
  }
}

// Sums over several chunks are f32, and rounded once.
bool LinearCrossEntropy::rounds_weight_grad() const {
  return shape_.weight_grad_type != Float::f32 && chunk_tokens_ < shape_.tokens;
}

LinearCrossEntropy::Chunk LinearCrossEntropy::chunk_of(Products& products, int64_t tokens,
                                                       bool gradient) {
  Chunk chunk;
  chunk.logits = products.product({.type = shape_.type,
                                   .result_type = shape_.type,
                                   .m = tokens,
                                   .n = shape_.vocab,
                                   .k = shape_.embed,
                                   .transpose_b = true,
                                   .y_step = step_,
                                   .bias = shape_.bias,
                                   .bias_type = shape_.bias_type});
  if (!gradient) return chunk;
  chunk.dx = products.product({.type = shape_.type,
                               .result_type = shape_.type,
                               .m = tokens,
                               .n = shape_.embed,
                               .k = shape_.vocab,
                               .a_step = step_});
  MatmulShape dw{.type = shape_.type,
                 .result_type = rounds_weight_grad() ? Float::f32 : shape_.weight_grad_type,
                 .m = shape_.vocab,
                 .n = shape_.embed,
                 .k = tokens,
                 .transpose_a = true,
                 .a_step = step_};
  chunk.dw_first = products.product(dw);
  dw.accumulate = true;
  chunk.dw_more = products.product(dw);
  if (shape_.bias) {
    // A row of ones times the gradient of the logits sums over tokens.
    MatmulShape dbias{.type = shape_.type,
                      .result_type = Float::f32,
                      .m = 1,
                      .n = shape_.vocab,
                      .k = tokens,
                      .b_step = step_};
    chunk.dbias_first = products.product(dbias);
    dbias.accumulate = true;
    chunk.dbias_more = products.product(dbias);
  }
  return chunk;
}

void LinearCrossEntropy::loss(cudaStream_t stream, const Operands& operands, void* scratch) const {
  run_all(stream, operands, nullptr, scratch);
}

void LinearCrossEntropy::gradient(cudaStream_t stream, const Operands& operands,
                                  const Gradients& gradients, void* scratch) const {
  run_all(stream, operands, &gradients, scratch);
}

void LinearCrossEntropy::run_all(cudaStream_t stream, const Operands& operands,
                                 const Gradients* gradients, void* scratch) const {
  auto* memory = static_cast<char*>(scratch);
  if (gradients != nullptr && shape_.bias)
    fill(stream, scalar_of(shape_.type), 1, chunk_tokens_, memory + plan_.ones);
  for (int64_t first = 0; first < shape_.tokens; first += chunk_tokens_)
    run_chunk(stream, operands, gradients, first, std::min(chunk_tokens_, shape_.tokens - first),
              memory);
  if (gradients == nullptr) return;
  if (rounds_weight_grad())
    convert(stream, false, Scalar::f32, scalar_of(shape_.weight_grad_type),
            shape_.vocab * shape_.embed, memory + plan_.dw, gradients->dw);
  if (shape_.bias)
    convert(stream, false, Scalar::f32, scalar_of(shape_.bias_type), shape_.vocab,
            memory + plan_.dbias, gradients->dbias);
}

void LinearCrossEntropy::run_chunk(cudaStream_t stream, const Operands& operands,
                                   const Gradients* gradients, int64_t first, int64_t tokens,
                                   char* scratch) const {
  const Chunk& chunk = tokens == chunk_tokens_ ? chunk_ : last_;
  const int64_t x_bytes = first * shape_.embed * bytes_of(shape_.type);
  const void* x = static_cast<const char*>(operands.x) + x_bytes;
  void* logits = scratch + plan_.logits;
  void* work = scratch + plan_.work;
  const auto from_first = [&](auto* per_token) {
    return per_token == nullptr ? nullptr : per_token + first;
  };
  chunk.logits->run(stream, x, operands.w, operands.bias, logits, work);
  cross_entropy(
      stream,
      {.type = shape_.type,
       .rows = tokens,
       .vocab = shape_.vocab,
       .step = step_,
       .ignore = shape_.ignore,
       .logits = logits,
       .labels = operands.labels + first,
       .dloss = gradients == nullptr ? nullptr : gradients->dloss + first * gradients->dloss_step,
       .dloss_step = gradients == nullptr ? 0 : gradients->dloss_step,
       .dloss_factor = 1,
       .loss = from_first(operands.loss),
       .lse = from_first(operands.lse),
       .lse_known = false,
       .gradient = gradients == nullptr ? nullptr : logits,
       .fault = operands.fault});
  if (gradients == nullptr) return;
  chunk.dx->run(stream, logits, operands.w, nullptr, static_cast<char*>(gradients->dx) + x_bytes,
                work);
  void* dw = rounds_weight_grad() ? scratch + plan_.dw : gradients->dw;
  const Matmul& dw_product = first == 0 ? *chunk.dw_first : *chunk.dw_more;
  dw_product.run(stream, logits, x, nullptr, dw, work);
  if (shape_.bias) {
    const Matmul& dbias_product = first == 0 ? *chunk.dbias_first : *chunk.dbias_more;
    dbias_product.run(stream, scratch + plan_.ones, logits, nullptr, scratch + plan_.dbias, work);
  }
}

}  // namespace lmos::cuda
