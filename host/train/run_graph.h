// The loss graph of a run: the model's own, or with a LoRA adapter beside frozen weights.
#pragma once

#include <string>
#include <vector>

#include "components/model.h"
#include "graph/graph.h"
#include "passes/lora.h"
#include "pipeline/pipeline.h"
#include "train/step_runner.h"

namespace lmos::train {

struct RunGraph {
  graph::Graph loss;            // what is trained are its parameters, float32
  graph::Graph base;            // the model's own graph
  passes::LoraModules modules;  // that are adapted; empty: the weights themselves are trained
};

// `task`: "causal_lm.loss". `training`: with dropout. Without LoRA, weights are float32; with it,
// those of the model are in the compute type. Error(kConfiguration) for targets that match no
// linear layer.
RunGraph run_graph(const components::Model& model, const std::string& task, bool training,
                   const Pipeline& pipeline);

// The steps of a pipeline that trains, on micro-batches of these shapes.
StepShape step_shape(const Pipeline& pipeline, std::vector<data::Symbols> batches);

}  // namespace lmos::train
