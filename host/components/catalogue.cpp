#include "components/catalogue.h"

#include <algorithm>

#include "errors/error.h"
#include "formats/gguf_tokenizer.h"
#include "formats/json_text.h"
#include "formats/weights.h"
#include "llmasos/text.hpp"
#include "pipeline/config_service.h"
#include "pipeline/config_tree.h"
#include "pipeline/json_tree.h"
#include "pipeline/plugin_schema.h"
#include "registry/model_graph.h"
#include "runtime/host_services.h"

namespace lmos::components {
namespace {

using sdk::view;

struct FieldTable {
  const lmos_field* fields = nullptr;
  uint64_t count = 0;
};

// The fields that a plugin supplies for its section, by the interface of the section.
FieldTable field_table(registry::Registry& registry, std::string_view interface,
                       std::string_view plugin) {
  if (interface == LMOS_TOKENIZER_ID) {
    const auto* table = registry.find<lmos_tokenizer_interface>(interface, plugin);
    return {table->train_fields, table->train_field_count};
  }
  if (interface == LMOS_DATASET_ID) {
    const auto* table = registry.find<lmos_dataset_interface>(interface, plugin);
    return {table->fields, table->field_count};
  }
  if (interface == LMOS_MODEL_ID) {
    const auto* table = registry.find<lmos_model_interface>(interface, plugin);
    return {table->fields, table->field_count};
  }
  if (interface == LMOS_BACKEND_ID) {
    const auto* table = registry.find<lmos_backend_interface>(interface, plugin);
    return {table->fields, table->field_count};
  }
  throw Error(ErrorKind::kInternal,
              "no section takes plugins of interface " + std::string(interface));
}

bool reads(const lmos_model_interface& model, std::string_view model_type) {
  for (uint64_t i = 0; i < model.model_type_count; ++i)
    if (view(model.model_types[i]) == model_type) return true;
  return false;
}

// transformers tells the number of classes by their names.
Json with_classes(Json config, const std::vector<std::string>& classes) {
  if (classes.empty()) return config;
  Json names = Json::Object();
  for (size_t i = 0; i < classes.size(); ++i) names.set(std::to_string(i), classes[i]);
  config.set("id2label", std::move(names));
  return config;
}

}  // namespace

Catalogue::Catalogue(const registry::RegistryOptions& options)
    : services_(1), registry_(options, services_.host()) {
  services_.add(LMOS_HOST_CONFIG_ID, &config_service(services_.host()));
}

PluginSchemas Catalogue::schemas() {
  return {
      .fields = [this](std::string_view interface,
                       std::string_view plugin) -> std::optional<std::vector<Field>> {
        const auto names = registry_.names(interface);
        if (std::ranges::find(names, plugin) == names.end()) return std::nullopt;
        const FieldTable table = field_table(registry_, interface, plugin);
        return fields_from_plugin(table.fields, table.count, std::string(plugin));
      },
      .names = [this](std::string_view interface) { return registry_.names(interface); },
  };
}

std::unique_ptr<runtime::Device> Catalogue::open_device(const BackendSection& section) {
  services_.set_threads(static_cast<uint32_t>(section.threads));
  const auto* table = registry_.find<lmos_backend_interface>(LMOS_BACKEND_ID, section.plugin);
  auto device = std::make_unique<runtime::Device>(section.plugin, services_.host(), table,
                                                  config_node(section.options),
                                                  static_cast<uint32_t>(section.device));
  device->set_strict(section.strict);
  const auto recorders = registry_.names(LMOS_CAPTURE_ID);
  if (std::ranges::find(recorders, section.plugin) != recorders.end())
    device->set_capture(registry_.find<lmos_capture_interface>(LMOS_CAPTURE_ID, section.plugin));
  return device;
}

std::unique_ptr<Model> Catalogue::create_model(const ModelSection& section, int64_t vocab_size,
                                               int64_t context,
                                               const std::vector<std::string>& classes) {
  const auto* table = registry_.find<lmos_model_interface>(LMOS_MODEL_ID, section.plugin);
  auto model = Model::create(*table, services_.host(), section.options, vocab_size, context);
  if (classes.empty()) return model;
  const std::string where = "config.json of the new model";
  const Json config = with_classes(parse_json(model->config_json(), where), classes);
  return Model::from_hugging_face(*table, services_.host(), config_tree_from_json(config, where));
}

const lmos_model_interface& Catalogue::find_model(std::string_view plugin,
                                                  const std::string& model_type,
                                                  const std::string& where) {
  if (!plugin.empty()) return *registry_.find<lmos_model_interface>(LMOS_MODEL_ID, plugin);
  std::string known;
  for (const std::string& name : registry_.names(LMOS_MODEL_ID)) {
    const auto* table = registry_.find<lmos_model_interface>(LMOS_MODEL_ID, name);
    if (reads(*table, model_type)) return *table;
    known += known.empty() ? name : ", " + name;
  }
  throw Error(ErrorKind::kPlugin, where + ": no plugin reads models of type `" + model_type +
                                      "` (model plugins here: " + (known.empty() ? "none" : known) +
                                      "; `llmasos plugins` lists them)");
}

std::unique_ptr<Model> Catalogue::open_model(std::string_view plugin, const ModelFiles& files,
                                             const std::vector<std::string>& classes) {
  const std::string& where = files.config_place();
  const std::string model_type =
      files.config().at("model_type", where).as_string(where + ": \"model_type\"");
  const lmos_model_interface& table = find_model(plugin, model_type, where);
  return Model::from_hugging_face(
      table, services_.host(), config_tree_from_json(with_classes(files.config(), classes), where));
}

std::unique_ptr<Tokenizer> Catalogue::open_tokenizer(std::string_view plugin,
                                                     const std::filesystem::path& path) {
  std::vector<std::string> names;
  if (plugin.empty())
    names = registry_.names(LMOS_TOKENIZER_ID);
  else
    names.emplace_back(plugin);
  std::optional<std::string> json;
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error) && file_kind(path) == FileKind::kGguf) {
    const GgufFile file(path);
    json = tokenizer_json_from_gguf(file.metadata(), path.string());
  }
  std::string tried, why;
  for (const std::string& name : names) {
    const auto* table = registry_.find<lmos_tokenizer_interface>(LMOS_TOKENIZER_ID, name);
    auto tokenizer = json ? Tokenizer::open_json(*table, services_.host(), *json, path.string())
                          : Tokenizer::open(*table, services_.host(), path);
    if (tokenizer) return tokenizer;
    if (const std::string said = runtime::take_plugin_error(); !said.empty())
      why = "; the last says: " + said;
    tried += tried.empty() ? name : ", " + name;
  }
  throw Error(ErrorKind::kPlugin,
              path.string() + ": no tokenizer plugin reads this kind of tokenizer (tried: " +
                  (tried.empty() ? "none is installed" : tried) + ")" + why);
}

std::unique_ptr<Tokenizer> Catalogue::train_tokenizer(const TokenizerSection& section,
                                                      uint64_t total_bytes, TextSource text) {
  const auto* table = registry_.find<lmos_tokenizer_interface>(LMOS_TOKENIZER_ID, section.plugin);
  return Tokenizer::train(*table, services_.host(), section.train_options.value(), total_bytes,
                          std::move(text));
}

std::unique_ptr<Dataset> Catalogue::open_dataset(const DatasetSection& section,
                                                 const std::string& split) {
  const auto* table = registry_.find<lmos_dataset_interface>(LMOS_DATASET_ID, section.plugin);
  return Dataset::open(*table, services_.host(), section.options, split);
}

}  // namespace lmos::components
