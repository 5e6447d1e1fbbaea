// A model plugin's instance as the host uses it: an architecture with its sizes, without weights.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "graph/graph.h"
#include "llmasos/model.h"

namespace lmos {
class ConfigTree;
}

namespace lmos::components {

// All members may be called on any thread.
class Model {
 public:
  // From the resolved `model` section of a pipeline. `context`: the training sequence length.
  static std::unique_ptr<Model> create(const lmos_model_interface& interface, const lmos_host* host,
                                       const ConfigTree& section, int64_t vocab_size,
                                       int64_t context);
  // From the tree of a config.json.
  static std::unique_ptr<Model> from_hugging_face(const lmos_model_interface& interface,
                                                  const lmos_host* host, const ConfigTree& config);

  int64_t vocab_size() const { return info_.vocab_size; }
  // Longest sequence.
  int64_t context() const { return info_.context; }
  // What it is made for (llmasos/model.h): "causal_lm".
  std::string_view task() const { return {info_.task.data, info_.task.size}; }
  // Of a classification; 0: none.
  int64_t classes() const { return info_.classes; }
  // The graph of a task (llmasos/model.h) with its symbols.
  graph::Graph graph(std::string_view task, bool training, lmos_dtype storage,
                     lmos_dtype compute) const;
  // The content of its config.json, for the parameters of a task.
  std::string config_json(std::string_view task) const;
  std::string config_json() const { return config_json(task()); }

 private:
  Model(const lmos_model_interface& interface, lmos_model* handle);

  const lmos_model_interface* interface_;
  std::unique_ptr<lmos_model, void (*)(lmos_model*)> handle_;
  lmos_model_info info_{};
};

}  // namespace lmos::components
