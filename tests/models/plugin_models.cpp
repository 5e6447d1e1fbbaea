#include "models/plugin_models.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "formats/json_text.h"
#include "graph/op.h"
#include "llmasos/model.h"
#include "pipeline/json_tree.h"
#include "pipeline/plugin_schema.h"
#include "pipeline/validate.h"
#include "pipeline/yaml_reader.h"
#include "plugins/plugin_process.h"

namespace lmos::tests {

namespace fs = std::filesystem;

namespace {

const lmos_model_interface& find_model(std::string_view plugin) {
  return *PluginProcess::get().registry.find<lmos_model_interface>(LMOS_MODEL_ID, plugin);
}

}  // namespace

std::unique_ptr<components::Model> from_hugging_face(std::string_view plugin,
                                                     std::string_view json) {
  return components::Model::from_hugging_face(
      find_model(plugin), PluginProcess::get().services.host(),
      config_tree_from_json(parse_json(json, "config.json"), "config.json"));
}

std::unique_ptr<components::Model> from_section(const std::string& plugin, const std::string& yaml,
                                                int64_t vocab_size, int64_t context) {
  const lmos_model_interface& table = find_model(plugin);
  const auto fields = fields_from_plugin(table.fields, table.field_count, plugin);
  const ConfigTree section = validate(parse_yaml(yaml, Place::in("model.yaml")), fields, {});
  return components::Model::create(table, PluginProcess::get().services.host(), section, vocab_size,
                                   context);
}

std::optional<fs::path> data_model(const std::string& name) {
  const char* data = std::getenv("LLMASOS_TEST_DATA");
  const fs::path folder = fs::path(data == nullptr ? "" : data) / "models" / name;
  return data != nullptr && fs::exists(folder) ? std::optional(folder) : std::nullopt;
}

std::string read_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

const graph::Node& find_node(const graph::Graph& graph, std::string_view op) {
  const auto node = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                 [&](const graph::Node& node) { return node.op->name == op; });
  if (node == graph.nodes.end()) throw std::runtime_error("the graph has no " + std::string(op));
  return *node;
}

size_t count_nodes(const graph::Graph& graph, std::string_view op) {
  return std::count_if(graph.nodes.begin(), graph.nodes.end(),
                       [&](const graph::Node& node) { return node.op->name == op; });
}

}  // namespace lmos::tests
