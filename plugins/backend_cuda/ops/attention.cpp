// attention and its gradient, of q, k and v apart or packed; paged_attention and
// rope_paged_attention.
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
               "f32, bf16 or f16 q [T,H,D] and k, v [T,K,D], H a multiple of K");
  const cuda::AttentionShape shape{float_type(q), q.dims[0],
                                   q.dims[1],     k.dims[1],
                                   q.last(),      static_cast<float>(node.number("scale"))};
  node.require(cuda::attention_covers(shape), "D at most 256, and in bf16 and f16 a multiple of 8");
  return shape;
}

// qkv [T,H+2K,D].
cuda::AttentionShape packed_shape(const Node& node, size_t qkv_index) {
  const Tensor qkv = node.input(qkv_index);
  const int64_t heads = node.integer("heads");
  node.require(qkv.rank() == 3 && qkv.is_float() && qkv.elements > 0 && heads > 0 &&
                   qkv.dims[1] > heads && (qkv.dims[1] - heads) % 2 == 0 &&
                   heads % ((qkv.dims[1] - heads) / 2) == 0 && qkv.last() % 8 == 0,
               "f32, bf16 or f16 qkv [T,H+2K,D], H a multiple of K and D of 8");
  const cuda::AttentionShape shape{float_type(qkv), qkv.dims[0],
                                   heads,           (qkv.dims[1] - heads) / 2,
                                   qkv.last(),      static_cast<float>(node.number("scale"))};
  node.require(cuda::attention_covers(shape), "D at most 256");
  return shape;
}

cuda::AttentionSteps packed_steps(const cuda::AttentionShape& shape) {
  const int64_t step = (shape.heads + 2 * shape.kv_heads) * shape.dim;
  return {step, step, step};
}

// Where q, k and v begin in the memory of qkv.
template <class Memory>
struct PackedParts {
  Memory *q, *k, *v;
  PackedParts(Memory* memory, const cuda::AttentionShape& shape)
      : q(memory),
        k(q + shape.heads * shape.dim * cuda::bytes_of(shape.type)),
        v(k + shape.kv_heads * shape.dim * cuda::bytes_of(shape.type)) {}
};

// What attention and its gradient have in common beside the shape.
constexpr size_t kNoDropout = SIZE_MAX;  // no such operand

struct Visibility {
  int64_t sequence;
  bool causal, segmented;
};

Visibility visibility(const Node& node, const cuda::AttentionShape& shape, size_t segments_index,
                      size_t state_index) {
  const int64_t sequence = node.integer("sequence");
  node.require(sequence > 0 && shape.tokens % sequence == 0, "T a multiple of `sequence`");
  node.require(state_index == kNoDropout || !node.has_input(state_index), "no dropout");
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

Prepared prepare_packed_attention(const Node& node, const Device&) {
  node.require_operands(1, 1, 2);
  const cuda::AttentionShape shape = packed_shape(node, 0);
  const Tensor y = node.output(0);
  node.require(float_type(y) == shape.type && y.has_dims({shape.tokens, shape.heads, shape.dim}),
               "y [T,H,D] of qkv's dtype");
  require_lse(node, node.output(1), shape);
  return {[=, see = visibility(node, shape, 1, kNoDropout), y = node.inputs()](const Run& run) {
    const PackedParts parts(run.as<const uint8_t>(0), shape);
    cuda::attention(run.stream, {.shape = shape,
                                 .steps = packed_steps(shape),
                                 .sequence = see.sequence,
                                 .causal = see.causal,
                                 .q = parts.q,
                                 .k = parts.k,
                                 .v = parts.v,
                                 .segments = see.segmented ? run.as<int32_t>(1) : nullptr,
                                 .y = run[y],
                                 .lse = run.as<float>(y + 1)});
  }};
}

Prepared prepare_packed_attention_grad(const Node& node, const Device& device) {
  node.require_operands(4, 1, 1);
  const cuda::AttentionShape shape = packed_shape(node, 1);
  const Tensor dy = node.input(0);
  node.require(dy.dtype == node.input(1).dtype &&
                   dy.has_dims({shape.tokens, shape.heads, shape.dim}) &&
                   node.input(2).same_type(dy) && node.output(0).same_type(node.input(1)),
               "dy and y [T,H,D] of qkv's dtype, and dqkv of its type");
  require_lse(node, node.input(3), shape);
  const Visibility see = visibility(node, shape, 4, kNoDropout);
  return {[=, deterministic = device.deterministic(), dqkv = node.inputs()](const Run& run) {
            const PackedParts parts(run.as<const uint8_t>(1), shape);
            const PackedParts gradients(run.as<uint8_t>(dqkv), shape);
            cuda::attention_grad(run.stream,
                                 {.shape = shape,
                                  .steps = packed_steps(shape),
                                  .sequence = see.sequence,
                                  .causal = see.causal,
                                  .deterministic = deterministic,
                                  .dy = run[0],
                                  .q = parts.q,
                                  .k = parts.k,
                                  .v = parts.v,
                                  .y = run[2],
                                  .lse = run.as<float>(3),
                                  .segments = see.segmented ? run.as<int32_t>(4) : nullptr,
                                  .grad_steps = packed_steps(shape),
                                  .dq = gradients.q,
                                  .dk = gradients.k,
                                  .dv = gradients.v,
                                  .scratch = run.scratch()});
          },
          cuda::attention_grad_scratch_bytes(shape, see.sequence)};
}

namespace {

// The eight operands of paged_attention; with `turned`, rope's frequencies follow them.
Prepared paged_attention(const Node& node, bool turned) {
  const size_t operands = turned ? 9 : 8;
  node.require_operands(operands, 0, 1);
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
  if (turned) {
    const Tensor frequencies = node.input(8);
    node.require(frequencies.dtype == LMOS_F32 && frequencies.has_dims({shape.dim / 2}) &&
                     cuda::paged_attention_turns(shape),
                 "bf16 or f16, D a multiple of 16, f32 frequencies [D/2]");
  }
  return {[=, pages = cache.dims[0], page_tokens = cache.dims[1], sequences = table.dims[0],
           sequence_pages = table.dims[1]](const Run& run) {
    bool places_are_constant = true;
    for (size_t i = 3; i < 8; ++i)
      places_are_constant = places_are_constant && run.apart(i, operands);
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
                                       .frequencies = turned ? run.as<float>(8) : nullptr,
                                       .y = run[operands],
                                       .fault = run.fault,
                                       .places_are_constant = places_are_constant});
  }};
}

}  // namespace

Prepared prepare_paged_attention(const Node& node, const Device&) {
  return paged_attention(node, false);
}

Prepared prepare_rope_paged_attention(const Node& node, const Device&) {
  return paged_attention(node, true);
}

}  // namespace lmos::backend_cuda
