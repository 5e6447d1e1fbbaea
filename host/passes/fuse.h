// Rewrites patterns into coarse ops that the backend supports. Runs after autodiff: fused ops need
// no VJP.
#pragma once

#include "graph/graph.h"
#include "passes/supports.h"

namespace lmos::passes {

// All rewrites below. All shapes are numbers.
graph::Graph fuse(const graph::Graph& graph, const Supports& supports);

// paged_attention(rope(q), rope(k), v, …)  →  rope_paged_attention(q, k, v, …), where both turn by
// the positions that the attention reads.
graph::Graph fuse_rope_paged_attention(const graph::Graph& graph, const Supports& supports);

// add(linear(x, w, b), r), in either order  →  linear_add(x, w, r, b), where only the sum reads the
// product and w is not transposed.
graph::Graph fuse_linear_add(const graph::Graph& graph, const Supports& supports);

// linear(rms_norm(x), w) of one to three w without biases, where nothing else reads the norm  →
// rms_norm_linear; and if only swiglu reads two of them, that too  →  rms_norm_swiglu.
graph::Graph fuse_rms_norm_products(const graph::Graph& graph, const Supports& supports);

// sum = add(x, r); rms_norm(sum, w)  →  add_rms_norm(x, r, w), and layer_norm likewise. The sum may
// have other uses. Stands where the add stood, or where the norm stood if w is defined only after
// the add and nothing between the two uses the sum.
graph::Graph fuse_add_norm(const graph::Graph& graph, const Supports& supports);

// linear_cross_entropy and its linear_cross_entropy_grad  →  linear_cross_entropy_step, where dloss
// is one scalar for all tokens. Stands where the forward node stood, so that the logits are
// computed once and never held. Nodes that compute the scalar are moved before it if they do not
// depend on it; otherwise the two stay apart.
graph::Graph fuse_linear_cross_entropy_step(const graph::Graph& graph, const Supports& supports);

// add(pad(x), pad(y)) along one axis, where the padded parts follow one another  →  concat(x, y),
// of any number of parts: the gradient of a tensor that was sliced.
graph::Graph fuse_concat(const graph::Graph& graph, const Supports& supports);

// reduce_sum(cast(x)), of bf16 or f16 x to f32  →  reduce_sum(x) in f32: the gradient of a bias
// that is kept in f32.
graph::Graph fuse_reduced_casts(const graph::Graph& graph, const Supports& supports);

// gelu(linear(x, w, b))  →  linear_gelu(x, w, b), which gives the linear's result too. Stands where
// the linear stood.
graph::Graph fuse_linear_gelu(const graph::Graph& graph, const Supports& supports);

// gelu_grad(matmul(a, b), x), where nothing else reads the product  →  matmul_gelu_grad(a, b, x):
// the gradient of a gelu beside the product through which it comes.
graph::Graph fuse_matmul_gelu_grad(const graph::Graph& graph, const Supports& supports);

// attention(q, k, v) of reshaped slices that follow one another in one value [T, (H + 2K) D]  →
// packed_attention, which reads them in place; likewise attention_grad whose results are joined
// again (after fuse_concat)  →  packed_attention_grad. Not with dropout.
graph::Graph fuse_packed_attention(const graph::Graph& graph, const Supports& supports);

// add(dx, d), where dx is a result of layer_norm_grad or rms_norm_grad that nothing else reads, and
// d is there before it  →  the gradient with d as its optional operand: a residual sum, backward.
// The sum of the result over its rows, the gradient of a bias (after fuse_reduced_casts), becomes
// part of it too.
graph::Graph fuse_norm_grad_sum(const graph::Graph& graph, const Supports& supports);

// add(matmul(a, b), c), where nothing else reads the product  →  matmul_add(a, b, c): the gradient
// of a tensor that several products read. Of two products, the later one takes the other in.
graph::Graph fuse_matmul_add(const graph::Graph& graph, const Supports& supports);

}  // namespace lmos::passes
