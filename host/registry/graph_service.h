// The host's half of lmos.host.graph/1: the C table over graph::Builder.
#pragma once

#include <map>
#include <string>

#include "graph/builder.h"
#include "llmasos/graph.h"

namespace lmos::registry {

// The table; each of its functions takes the handle of a GraphSession. No exception leaves it.
const lmos_host_graph& graph_service();

// One graph under construction by a plugin. One thread at a time.
class GraphSession {
 public:
  // `graph` outlives the session. `storage`: dtype of parameters; `compute`: of the operands of
  // matrix products.
  GraphSession(graph::Graph& graph, lmos_dtype storage, lmos_dtype compute);
  GraphSession(const GraphSession&) = delete;
  GraphSession& operator=(const GraphSession&) = delete;

  lmos_graph_builder* handle() { return reinterpret_cast<lmos_graph_builder*>(this); }
  static GraphSession& of(lmos_graph_builder* handle) {
    return *reinterpret_cast<GraphSession*>(handle);
  }

  lmos_dtype compute_dtype() const { return compute_; }
  graph::Builder& builder() { return builder_; }

  // These throw Error(kInternal) for what does not fit.
  int64_t symbol(lmos_string name);
  graph::ValueId parameter(const lmos_parameter& description);
  void check_value(graph::ValueId value) const;
  void begin_block(lmos_string name);
  void end_block();
  // Throws if a block is open or there is no output.
  void finish() const;

  // The first refusal, or "".
  const std::string& problem() const { return problem_; }
  void set_problem(const std::string& text) {
    if (problem_.empty()) problem_ = text;
  }

 private:
  struct Declared {
    graph::Parameter description;
    graph::TensorType type;
    bool product;
    graph::ValueId seen;  // what the plugin works with: the parameter, or a cast of it
  };

  graph::Graph& graph_;
  graph::Builder builder_;
  lmos_dtype storage_, compute_;
  std::map<std::string, Declared, std::less<>> declared_;
  bool in_block_ = false;
  std::string problem_;
};

}  // namespace lmos::registry
