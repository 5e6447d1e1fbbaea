#include "registry/model_graph.h"

#include "errors/error.h"
#include "graph/verify.h"
#include "registry/graph_service.h"
#include "runtime/host_services.h"
#include "runtime/status.h"

namespace lmos::registry {

namespace {

lmos_status call_build(const lmos_model_interface& interface, const lmos_model* model,
                       std::string_view task, bool training, GraphSession& session) {
  try {
    return interface.build(model, &graph_service(), session.handle(), {task.data(), task.size()},
                           training ? 1 : 0);
  } catch (...) {
    throw Error(ErrorKind::kPlugin, "the model's build threw an exception, which no plugin may");
  }
}

}  // namespace

graph::Graph build_model_graph(const lmos_model_interface& interface, const lmos_model* model,
                               std::string_view task, bool training, lmos_dtype storage,
                               lmos_dtype compute) {
  const std::string doing = "building the model's graph of " + std::string(task);
  graph::Graph graph;
  GraphSession session(graph, storage, compute);
  const lmos_status status = call_build(interface, model, task, training, session);
  // The builder knows best what did not fit; a plugin only passes its refusal on.
  if (!session.problem().empty()) {
    runtime::take_plugin_error();
    throw Error(ErrorKind::kPlugin, doing + ": " + session.problem());
  }
  runtime::check(status, doing);
  try {
    session.finish();
    graph::verify(graph);
  } catch (const Error& error) {
    throw Error(ErrorKind::kPlugin, doing + ": " + error.what());
  }
  return graph;
}

}  // namespace lmos::registry
