#include "passes/fuse.h"

namespace lmos::passes {

graph::Graph fuse(const graph::Graph& graph, const Supports& supports) {
  graph::Graph fused = graph;
  for (const auto rewrite :
       {fuse_rope_paged_attention, fuse_linear_add, fuse_rms_norm_products, fuse_add_norm,
        fuse_linear_cross_entropy_step, fuse_concat, fuse_reduced_casts, fuse_linear_gelu,
        fuse_matmul_gelu_grad, fuse_matmul_add, fuse_packed_attention, fuse_norm_grad_sum})
    fused = rewrite(fused, supports);
  return fused;
}

}  // namespace lmos::passes
