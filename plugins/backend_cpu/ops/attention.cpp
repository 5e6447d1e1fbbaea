// attention, attention_grad, paged_attention.
#include <optional>

#include "llmasos/error.hpp"
#include "ops/dropout_rate.h"
#include "ops/operations.h"

namespace lmos::backend_cpu {
namespace {

// q [T,H,D], and k [T,K,D], v at the two inputs that follow.
cpu::AttentionShape attention_shape(const Node& node, size_t q_index) {
  const Tensor q = node.input(q_index), k = node.input(q_index + 1);
  node.require(q.rank() == 3 && k.rank() == 3 && q.is_float() && q.dtype == k.dtype &&
                   k.same_type(node.input(q_index + 2)) && q.dims[0] == k.dims[0] &&
                   q.last() == k.last() && q.last() > 0 && k.dims[1] > 0 &&
                   q.dims[1] % k.dims[1] == 0,
               "f32, bf16 or f16 q [T,H,D] and k, v [T,K,D], H a multiple of K");
  return {float_type(q), q.dims[0], q.dims[1],
          k.dims[1],     q.last(),  static_cast<float>(node.number("scale"))};
}

int64_t sequence_of(const Node& node, const cpu::AttentionShape& shape) {
  const int64_t sequence = node.integer("sequence");
  node.require(sequence > 0 && shape.tokens % sequence == 0, "T a multiple of `sequence`");
  return sequence;
}

// Whether the optional input is there, checked.
bool segmented(const Node& node, size_t index, const cpu::AttentionShape& shape) {
  if (!node.has_input(index)) return false;
  const Tensor segments = node.input(index);
  node.require(segments.dtype == LMOS_I32 && segments.has_dims({shape.tokens}), "i32 segments [T]");
  return true;
}

// Dropout of probabilities by the optional input `index`, checked.
class Dropping {
 public:
  Dropping(const Node& node, size_t index) : index_(index) {
    if (!node.has_input(index)) return;
    rate_ = DropoutRate(node);
    site_ = site_of(node, node.input(index));
  }
  cpu::AttentionDropout operator()(const Run& run) const {
    if (!rate_) return {};
    return {run.as<int64_t>(index_), site_, rate_->threshold, rate_->scale};
  }

 private:
  size_t index_;
  std::optional<DropoutRate> rate_;
  uint32_t site_ = 0;
};

}  // namespace

Prepared prepare_attention(const Node& node, const Machine& machine) {
  node.require_operands(3, 2, 2);
  const cpu::AttentionShape shape = attention_shape(node, 0);
  const Tensor q = node.input(0), lse = node.output(1);
  node.require(node.output(0).same_type(q) && lse.dtype == LMOS_F32 &&
                   lse.has_dims({shape.tokens, shape.heads}),
               "y of q's type and f32 lse [T,H]");
  return {[=, kernel = machine.kernels.attention.attention, sequence = sequence_of(node, shape),
           causal = node.integer("causal") != 0, has_segments = segmented(node, 3, shape),
           dropping = Dropping(node, 4), y = node.inputs()](const Run& run) {
            kernel(run.parallel, {shape, sequence, causal, run[0], run[1], run[2],
                                  has_segments ? run.as<int32_t>(3) : nullptr, run[y],
                                  run.as<float>(y + 1), run.scratch<float>(), dropping(run)});
          },
          cpu::attention_scratch(shape, machine.threads) * 4};
}

Prepared prepare_attention_grad(const Node& node, const Machine& machine) {
  node.require_operands(6, 2, 3);
  const cpu::AttentionShape shape = attention_shape(node, 1);
  const Tensor q = node.input(1), k = node.input(2), lse = node.input(5);
  node.require(node.input(0).same_type(q) && node.input(4).same_type(q) &&
                   node.output(0).same_type(q) && node.output(1).same_type(k) &&
                   node.output(2).same_type(k) && lse.dtype == LMOS_F32 &&
                   lse.has_dims({shape.tokens, shape.heads}),
               "gradients of the inputs' types and f32 lse [T,H]");
  const int64_t sequence = sequence_of(node, shape);
  return {[=, kernel = machine.kernels.attention.attention_grad,
           causal = node.integer("causal") != 0, has_segments = segmented(node, 6, shape),
           dropping = Dropping(node, 7), dq = node.inputs()](const Run& run) {
            kernel(run.parallel,
                   {shape, sequence, causal, run[0], run[1], run[2], run[3], run[4],
                    run.as<float>(5), has_segments ? run.as<int32_t>(6) : nullptr, run[dq],
                    run[dq + 1], run[dq + 2], run.scratch<float>(), dropping(run)});
          },
          cpu::attention_grad_scratch(shape, sequence, machine.threads) * 4};
}

Prepared prepare_paged_attention(const Node& node, const Machine& machine) {
  node.require_operands(8, 0, 1);
  const cpu::AttentionShape shape = attention_shape(node, 0);
  const Tensor cache = node.input(3), table = node.input(5), sequence = node.input(6),
               positions = node.input(7);
  node.require(cache.rank() == 4 && node.input(4).same_type(cache) &&
                   cache.dtype == node.input(0).dtype && cache.dims[2] == shape.kv_heads &&
                   cache.dims[3] == shape.dim,
               "caches [P,B,K,D] of q's dtype");
  node.require(table.dtype == LMOS_I32 && table.rank() == 2, "an i32 page table [S,M]");
  node.require(sequence.dtype == LMOS_I32 && sequence.has_dims({shape.tokens}) &&
                   positions.dtype == LMOS_I32 && positions.has_dims({shape.tokens}) &&
                   node.output(0).same_type(node.input(0)),
               "i32 sequences and positions [T], and y of q's type");
  const int64_t pages = cache.dims[0], page_tokens = cache.dims[1], sequences = table.dims[0],
                sequence_pages = table.dims[1];
  return {[=, kernel = machine.kernels.attention.paged_attention](const Run& run) {
            if (!kernel(run.parallel,
                        {shape, pages, page_tokens, sequences, sequence_pages, run[0], run[1],
                         run[2], run[3], run[4], run.as<int32_t>(5), run.as<int32_t>(6),
                         run.as<int32_t>(7), run[8], run.scratch<float>()})) {
              throw sdk::invalid("paged_attention: a sequence is outside [0, " +
                                 std::to_string(sequences) + "), a position outside [0, " +
                                 std::to_string(sequence_pages * page_tokens) +
                                 "), or its page outside [0, " + std::to_string(pages) + ")");
            }
          },
          cpu::paged_attention_scratch(shape, sequence_pages * page_tokens, machine.threads) * 4,
          {3, 4}};
}

}  // namespace lmos::backend_cpu
