#include "passes/random_sites.h"

#include <algorithm>

namespace lmos::passes {

int64_t first_free_site(const graph::Graph& graph) {
  int64_t free = 0;
  for (const graph::Node& node : graph.nodes)
    if (node.attributes.has("site")) free = std::max(free, node.attributes.integer("site") + 1);
  return free;
}

graph::ValueId random_state(graph::Builder& builder) {
  const graph::ValueId found = builder.graph().find_input("random_state");
  return found != graph::kNoValue ? found : builder.input("random_state", {LMOS_I64, {2}});
}

}  // namespace lmos::passes
