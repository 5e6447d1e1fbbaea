#include "runtime/compile.h"

#include "passes/eliminate_dead.h"
#include "passes/fuse.h"
#include "runtime/supports.h"

namespace lmos::runtime {

std::unique_ptr<Executable> compile(Device& device, const graph::Graph& graph,
                                    const std::map<std::string, int64_t, std::less<>>& symbols) {
  const graph::Graph fused = passes::fuse(graph::bind(graph, symbols), supports_of(device));
  return std::make_unique<Executable>(device, passes::eliminate_dead(fused));
}

}  // namespace lmos::runtime
