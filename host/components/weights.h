// From the weights of a model to the parameters of a graph.
#pragma once

#include <string>

#include "formats/weights.h"
#include "graph/graph.h"
#include "runtime/device.h"
#include "runtime/tensor_store.h"

namespace lmos::components {

// Puts every parameter of the graph into the store as `storage`. A tensor that the file holds in
// that type is used where it lies in the map, if the device can read it there and `share` is true;
// then `weights` must outlive the store. Others are converted. `where` names the folder.
// Error(kInput) lists everything that is missing or has another shape.
void load_weights(runtime::TensorStore& store, runtime::Stream& stream, const graph::Graph& graph,
                  const Weights& weights, lmos_dtype storage, const std::string& where,
                  bool share = false);

}  // namespace lmos::components
