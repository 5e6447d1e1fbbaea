// From the weights of a model to the parameters of a graph.
#pragma once

#include <functional>
#include <string>

#include "formats/weights.h"
#include "graph/graph.h"
#include "runtime/device.h"
#include "runtime/tensor_store.h"

namespace lmos::components {

struct LoadOptions {
  // A tensor that the file holds in the storage type is used where it lies in the map, if the
  // device can read it there; then the weights must outlive the store.
  bool share = false;
  // Pass over tensors that the graph has no parameter for: heads of other tasks.
  bool part = false;
  // With `part`: given the parameters that the file lacks, instead of an error. At least one is
  // there.
  std::function<void(const graph::Parameter&)> absent = {};
};

// Puts every parameter of the graph into the store as `storage`; other types are converted. Weights
// that the graph has quantised or compact are made so, one after the other, from the file's values.
// `where` names the file. A tensor may also be stored without the first part of its name, as
// transformers saves a model without its head, and LayerNorm.weight and .bias as .gamma and .beta,
// as it did once. Error(kInput) lists everything that is missing, not wanted or of another shape.
void load_weights(runtime::TensorStore& store, runtime::Stream& stream, const graph::Graph& graph,
                  const Weights& weights, lmos_dtype storage, const std::string& where,
                  const LoadOptions& options = {});

}  // namespace lmos::components
