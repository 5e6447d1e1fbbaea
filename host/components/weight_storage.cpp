#include "components/weight_storage.h"

#include "errors/error.h"
#include "passes/compact_weights.h"
#include "passes/quantize_weights.h"

namespace lmos::components {

graph::Graph with_storage(const graph::Graph& graph, WeightStorage storage, lmos_dtype compute) {
  switch (storage) {
    case WeightStorage::kCompute:
      break;
    case WeightStorage::kCompact:
      if (compute != LMOS_BF16)
        throw Error(ErrorKind::kConfiguration,
                    "`weights: compact` holds bfloat16; it needs `backend.compute: bfloat16`");
      return passes::compact_weights(graph);
    case WeightStorage::kInt8:
      return passes::quantize_weights(graph, LMOS_I8);
    case WeightStorage::kFloat8:
      return passes::quantize_weights(graph, LMOS_F8_E4M3);
  }
  return graph;
}

}  // namespace lmos::components
