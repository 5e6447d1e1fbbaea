#include "passes/fuse.h"

namespace lmos::passes {

graph::Graph fuse(const graph::Graph& graph, const Supports& supports) {
  return fuse_concat(fuse_linear_cross_entropy_step(fuse_add_rms_norm(graph, supports), supports),
                     supports);
}

}  // namespace lmos::passes
