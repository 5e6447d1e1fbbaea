#include "train/run_graph.h"

#include <fnmatch.h>

#include "errors/error.h"

namespace lmos::train {
namespace {

using graph::Graph;

bool matches(const std::string& pattern, const std::string& module) {
  return fnmatch(pattern.c_str(), module.c_str(), 0) == 0;
}

std::string list(const std::map<std::string, bool, std::less<>>& modules) {
  std::string text;
  for (const auto& [name, transposed] : modules) text += (text.empty() ? "" : ", ") + name;
  return text;
}

passes::LoraModules choose_modules(const Graph& base, const LoraSection& section) {
  const auto all = passes::linear_modules(base);
  passes::LoraModules chosen;
  for (const std::string& pattern : section.targets) {
    bool found = false;
    for (const auto& [module, transposed] : all) {
      if (!matches(pattern, module)) continue;
      chosen[module] = {section.rank, section.alpha / static_cast<double>(section.rank)};
      found = true;
    }
    if (!found)
      throw Error(ErrorKind::kConfiguration,
                  "lora.targets: `" + pattern +
                      "` matches no linear layer of the model, which has " + list(all));
  }
  return chosen;
}

}  // namespace

RunGraph run_graph(const components::Model& model, const std::string& task, bool training,
                   const Pipeline& pipeline) {
  const lmos_dtype compute = pipeline.backend.compute;
  RunGraph graph;
  graph.base = model.graph(task, training, pipeline.lora ? compute : LMOS_F32, compute);
  if (!pipeline.lora) {
    graph.loss = graph.base;
    return graph;
  }
  graph.modules = choose_modules(graph.base, *pipeline.lora);
  const double dropout = training ? pipeline.lora->dropout : 0;
  graph.loss = passes::freeze(passes::add_lora(graph.base, graph.modules, dropout), graph.base);
  return graph;
}

StepShape step_shape(const Pipeline& pipeline, std::vector<data::Symbols> batches) {
  const TrainSection& train = *pipeline.train;
  return {std::move(batches),
          train.accumulate,
          train.recompute,
          pipeline.optimizer->clip,
          pipeline.backend.compute == LMOS_F16,
          train.stochastic_rounding};
}

}  // namespace lmos::train
