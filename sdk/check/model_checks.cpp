#include <map>

#include "check.h"
#include "components/model.h"
#include "formats/json_text.h"
#include "graph/print.h"
#include "llmasos/model.h"
#include "pipeline/config_service.h"
#include "pipeline/json_tree.h"
#include "plugin_under_check.h"
#include "registry/graph_service.h"

namespace lmos::check {

namespace {

using components::Model;

constexpr int64_t kVocab = 256;
constexpr int64_t kContext = 32;

// The graphs of what the model is made for.
std::vector<std::string> graphs_of(const Model& model) {
  const std::string task(model.task());
  return {task + ".loss", task + ".logits"};
}

const lmos_model_interface& table_of(PluginUnderCheck& plugin) {
  return plugin.table<lmos_model_interface>(LMOS_MODEL_ID);
}

std::unique_ptr<Model> make(PluginUnderCheck& plugin) {
  const auto& table = table_of(plugin);
  const ConfigTree section = plugin.section("model", table.fields, table.field_count);
  return Model::create(table, plugin.host(), section, kVocab, kContext);
}

void sizes_are_told(PluginUnderCheck& plugin) {
  const auto model = make(plugin);
  expect(model->vocab_size() == kVocab, "it was created with a vocabulary of " +
                                            std::to_string(kVocab) + " and says " +
                                            std::to_string(model->vocab_size()));
  expect(model->context() >= kContext, "it was created for sequences of " +
                                           std::to_string(kContext) + " tokens and says " +
                                           std::to_string(model->context()));
}

void graphs_are_legal(PluginUnderCheck& plugin) {
  const auto model = make(plugin);
  for (const std::string& task : graphs_of(*model))
    for (bool training : {false, true})
      for (lmos_dtype compute : {LMOS_F32, LMOS_BF16, LMOS_F16})
        model->graph(task, training, LMOS_F32, compute);
}

// Names and types.
std::map<std::string, std::string> parameters(const graph::Graph& graph) {
  std::map<std::string, std::string> all;
  for (const graph::Parameter& parameter : graph.parameters)
    all[parameter.name] = graph::to_string(graph.type(parameter.value));
  return all;
}

void tasks_share_parameters(PluginUnderCheck& plugin) {
  const auto model = make(plugin);
  const auto graphs = graphs_of(*model);
  const auto loss = parameters(model->graph(graphs[0], false, LMOS_F32, LMOS_F32));
  expect(!loss.empty(), "it has no parameters");
  expect(loss == parameters(model->graph(graphs[1], false, LMOS_F32, LMOS_F32)),
         "the graphs of the two tasks have different parameters");
  expect(loss == parameters(model->graph(graphs[0], true, LMOS_F32, LMOS_BF16)),
         "training or the compute dtype changes the parameters");
}

void unknown_tasks_are_unsupported(PluginUnderCheck& plugin) {
  const auto& table = table_of(plugin);
  const ConfigTree section = plugin.section("model", table.fields, table.field_count);
  lmos_model* model = nullptr;
  expect_status(LMOS_OK,
                table.create(plugin.host(), config_node(section), kVocab, kContext, &model),
                "create");
  const std::string_view task = "org.llmasos.no-such-task";
  graph::Graph graph;
  registry::GraphSession session(graph, LMOS_F32, LMOS_F32);
  const lmos_status status = table.build(model, &registry::graph_service(), session.handle(),
                                         {task.data(), task.size()}, 0);
  table.destroy(model);
  expect_status(LMOS_UNSUPPORTED, status, "build of an unknown task");
}

void config_reads_back(PluginUnderCheck& plugin) {
  const auto model = make(plugin);
  const std::string written = model->config_json();
  const Json json = parse_json(written, "config.json");
  const auto& table = table_of(plugin);
  const std::string type = json.at("model_type", "config.json").as_string("model_type");
  bool named = false;
  for (uint64_t i = 0; i < table.model_type_count; ++i)
    named |= std::string_view(table.model_types[i].data, table.model_types[i].size) == type;
  expect(named, "it writes the model_type `" + type + "`, which it does not read");
  const auto again =
      Model::from_hugging_face(table, plugin.host(), config_tree_from_json(json, "config.json"));
  expect(again->config_json() == written, "the config.json that it wrote reads back differently");
  for (const std::string& task : graphs_of(*model))
    expect(graph::print(again->graph(task, false, LMOS_F32, LMOS_F32)) ==
               graph::print(model->graph(task, false, LMOS_F32, LMOS_F32)),
           "the config.json that it wrote gives another graph of " + task);
}

constexpr Check kChecks[] = {
    {"tells its sizes", sizes_are_told},
    {"builds legal graphs of its tasks", graphs_are_legal},
    {"has the same parameters in every graph", tasks_share_parameters},
    {"returns LMOS_UNSUPPORTED for unknown tasks", unknown_tasks_are_unsupported},
    {"reads the config.json that it writes", config_reads_back},
};

}  // namespace

std::span<const Check> model_checks() { return kChecks; }

}  // namespace lmos::check
