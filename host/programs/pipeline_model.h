// The model of a pipeline without its weights: for commands that look at it and do not run it.
#pragma once

#include <memory>
#include <string_view>

#include "components/catalogue.h"
#include "graph/graph.h"
#include "pipeline/pipeline.h"

namespace lmos {

class PipelineModel {
 public:
  // Of a new model, the vocabulary is that of tokenizer.path or of the run's tokenizer; before it
  // was learned, tokenizer.train.vocab_size. Error(kConfiguration) if none of them says it.
  // The pipeline outlives this object.
  PipelineModel(components::Catalogue& catalogue, const Pipeline& pipeline);

  const components::Model& model() const { return *model_; }
  lmos_dtype compute() const { return compute_; }
  // For a training pipeline what it trains, see train::run_graph; else with weights in the compute
  // type or quantised, as the pipeline says, and the adapter if the pipeline names one.
  graph::Graph graph(std::string_view task, bool training) const;

 private:
  const Pipeline& pipeline_;
  std::unique_ptr<components::Model> model_;
  lmos_dtype compute_;
};

}  // namespace lmos
