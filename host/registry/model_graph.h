// A model plugin's graph of a task.
#pragma once

#include <string_view>

#include "graph/graph.h"
#include "llmasos/model.h"

namespace lmos::registry {

// The graph, verified. `model` is an instance of `interface`'s plugin; `task` is
// LMOS_TASK_CAUSAL_LM_LOSS, ...; `training` adds dropout. Parameters have the dtype `storage`;
// activations, and the operands of matrix products, `compute`: casts of the parameters where the
// two differ. Throws Error(kPlugin) with the plugin's and the builder's message, also when the
// model has no such task.
graph::Graph build_model_graph(const lmos_model_interface& interface, const lmos_model* model,
                               std::string_view task, bool training, lmos_dtype storage,
                               lmos_dtype compute);

}  // namespace lmos::registry
