// attention, attention_grad, paged_attention.
#include "cuda/attention/attention.h"

#include "cuda/attention/paged_attention.h"

#include "device.h"
#include "ops/operations.h"

namespace lmos::backend_cuda {
namespace {

// q [T,H,D], and k [T,K,D], v at the two inputs that follow.
cuda::AttentionShape attention_shape(const Node& node, size_t q_index) {
  const Tensor q = node.input(q_index), k = node.input(q_index + 1);
  node.require(q.rank() == 3 && k.rank() == 3 && q.is_float() && q.dtype == k.dtype &&
                   k.same_type(node.input(q_index + 2)) && q.dims[0] == k.dims[0] &&
                   q.last() == k.last() && q.elements > 0 && k.elements > 0 &&
                   q.dims[1] % k.dims[1] == 0,
               "f32 or bf16 q [T,H,D] and k, v [T,K,D], H a multiple of K");
  const cuda::AttentionShape shape{float_type(q), q.dims[0],
                                   q.dims[1],     k.dims[1],
                                   q.last(),      static_cast<float>(node.number("scale"))};
  node.require(cuda::attention_covers(shape), "D at most 256, and in bf16 a multiple of 8");
  return shape;
}

// What attention and its gradient have in common beside the shape.
struct Visibility {
  int64_t sequence;
  bool causal, segmented;
};

Visibility visibility(const Node& node, const cuda::AttentionShape& shape, size_t segments_index,
                      size_t state_index) {
  const int64_t sequence = node.integer("sequence");
  node.require(sequence > 0 && shape.tokens % sequence == 0, "T a multiple of `sequence`");
  node.require(!node.has_input(state_index), "no dropout");
  const bool segmented = node.has_input(segments_index);
  if (segmented) {
    const Tensor segments = node.input(segments_index);
    node.require(segments.dtype == LMOS_I32 && segments.has_dims({shape.tokens}),
                 "i32 segments [T]");
  }
  return {sequence, node.integer("causal") != 0, segmented};
}

void require_lse(const Node& node, const Tensor& lse, const cuda::AttentionShape& shape) {
  node.require(lse.dtype == LMOS_F32 && lse.has_dims({shape.tokens, shape.heads}), "f32 lse [T,H]");
}

}  // namespace

Prepared prepare_attention(const Node& node, const Device&) {
  node.require_operands(3, 2, 2);
  const cuda::AttentionShape shape = attention_shape(node, 0);
  node.require(node.output(0).same_type(node.input(0)), "y of q's type");
  require_lse(node, node.output(1), shape);
  return {[=, see = visibility(node, shape, 3, 4), y = node.inputs()](const Run& run) {
    cuda::attention(run.stream, {.shape = shape,
                                 .steps = cuda::contiguous_steps(shape),
                                 .sequence = see.sequence,
                                 .causal = see.causal,
                                 .q = run[0],
                                 .k = run[1],
                                 .v = run[2],
                                 .segments = see.segmented ? run.as<int32_t>(3) : nullptr,
                                 .y = run[y],
                                 .lse = run.as<float>(y + 1)});
  }};
}

Prepared prepare_attention_grad(const Node& node, const Device& device) {
  node.require_operands(6, 2, 3);
  const cuda::AttentionShape shape = attention_shape(node, 1);
  const Tensor q = node.input(1), k = node.input(2);
  node.require(node.input(0).same_type(q) && node.input(4).same_type(q) &&
                   node.output(0).same_type(q) && node.output(1).same_type(k) &&
                   node.output(2).same_type(k),
               "gradients of the inputs' types");
  require_lse(node, node.input(5), shape);
  const Visibility see = visibility(node, shape, 6, 7);
  return {[=, deterministic = device.deterministic(), dq = node.inputs()](const Run& run) {
            cuda::attention_grad(run.stream,
                                 {.shape = shape,
                                  .steps = cuda::contiguous_steps(shape),
                                  .sequence = see.sequence,
                                  .causal = see.causal,
                                  .deterministic = deterministic,
                                  .dy = run[0],
                                  .q = run[1],
                                  .k = run[2],
                                  .v = run[3],
                                  .y = run[4],
                                  .lse = run.as<float>(5),
                                  .segments = see.segmented ? run.as<int32_t>(6) : nullptr,
                                  .grad_steps = cuda::contiguous_steps(shape),
                                  .dq = run[dq],
                                  .dk = run[dq + 1],
                                  .dv = run[dq + 2],
                                  .scratch = run.scratch()});
          },
          cuda::attention_grad_scratch_bytes(shape, see.sequence)};
}

Prepared prepare_paged_attention(const Node& node, const Device&) {
  node.require_operands(8, 0, 1);
  const cuda::AttentionShape shape = attention_shape(node, 0);
  const Tensor cache = node.input(3), table = node.input(5);
  node.require(cache.rank() == 4 && node.input(4).same_type(cache) &&
                   cache.dtype == node.input(0).dtype && cache.dims[2] == shape.kv_heads &&
                   cache.dims[3] == shape.dim && cache.elements > 0,
               "caches [P,B,K,D] of q's dtype");
  node.require(table.rank() == 2 && table.dtype == LMOS_I32, "an i32 page table [S,M]");
  for (const size_t i : {6, 7})
    node.require(node.input(i).dtype == LMOS_I32 && node.input(i).has_dims({shape.tokens}),
                 "i32 sequences and positions [T]");
  node.require(node.output(0).same_type(node.input(0)), "y of q's type");
  return {[=, pages = cache.dims[0], page_tokens = cache.dims[1], sequences = table.dims[0],
           sequence_pages = table.dims[1]](const Run& run) {
    cuda::paged_attention(run.stream, {.shape = shape,
                                       .steps = cuda::contiguous_steps(shape),
                                       .pages = pages,
                                       .page_tokens = page_tokens,
                                       .sequences = sequences,
                                       .sequence_pages = sequence_pages,
                                       .q = run[0],
                                       .k = run[1],
                                       .v = run[2],
                                       .key_cache = run[3],
                                       .value_cache = run[4],
                                       .page_table = run.as<int32_t>(5),
                                       .sequence = run.as<int32_t>(6),
                                       .positions = run.as<int32_t>(7),
                                       .y = run[8],
                                       .fault = run.fault});
  }};
}

}  // namespace lmos::backend_cuda
