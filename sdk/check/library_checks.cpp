// What every plugin promises, whatever it offers.
#include "check.h"
#include "llmasos/backend.h"
#include "llmasos/dataset.h"
#include "llmasos/model.h"
#include "llmasos/tokenizer.h"
#include "pipeline/plugin_schema.h"
#include "plugin_library/library.h"
#include "plugin_library/plugin_table.h"
#include "plugin_under_check.h"
#include "registry/loaded_plugins.h"

namespace lmos::check {

namespace {

void query_is_pure(PluginUnderCheck& plugin) {
  const lmos_plugin_query_fn query = registry::load_library(plugin.record().path);
  expect(query(&registry::host_info()) == &plugin.plugin(),
         "two queries returned two tables; the table is constant");
}

void tables_are_complete(PluginUnderCheck& plugin) {
  for (const std::string& id : plugin.record().interfaces)
    expect(&plugin.table<char>(id) == &plugin.table<char>(id), id + " has two tables");
}

void unknown_interfaces_are_absent(PluginUnderCheck& plugin) {
  const std::string_view id = "org.llmasos.no-such-interface/1";
  expect(plugin.plugin().get_interface({id.data(), id.size()}) == nullptr,
         "get_interface returned a table for an id that the plugin does not name");
}

void fields_are_valid(PluginUnderCheck& plugin) {
  const auto read = [&](const lmos_field* fields, uint64_t count) {
    fields_from_plugin(fields, count, plugin.record().name);
  };
  for (const std::string& id : plugin.record().interfaces) {
    if (id == LMOS_TOKENIZER_ID) {
      const auto& table = plugin.table<lmos_tokenizer_interface>(id);
      read(table.train_fields, table.train_field_count);
    } else if (id == LMOS_MODEL_ID) {
      const auto& table = plugin.table<lmos_model_interface>(id);
      read(table.fields, table.field_count);
    } else if (id == LMOS_DATASET_ID) {
      const auto& table = plugin.table<lmos_dataset_interface>(id);
      read(table.fields, table.field_count);
    } else if (id == LMOS_BACKEND_ID) {
      const auto& table = plugin.table<lmos_backend_interface>(id);
      read(table.fields, table.field_count);
    }
  }
}

void ends(PluginUnderCheck&) { registry::end_plugins(); }

constexpr Check kChecks[] = {
    {"answers every query alike", query_is_pure},
    {"has one complete table for each interface", tables_are_complete},
    {"has no table for unknown interfaces", unknown_interfaces_are_absent},
    {"declares fields that the host accepts", fields_are_valid},
    {"ends without a crash", ends},
};

}  // namespace

std::span<const Check> library_checks() { return kChecks; }

std::span<const Check> interface_checks(std::string_view id) {
  if (id == LMOS_TOKENIZER_ID) return tokenizer_checks();
  if (id == LMOS_MODEL_ID) return model_checks();
  if (id == LMOS_BACKEND_ID) return backend_checks();
  if (id == LMOS_DATASET_ID) return dataset_checks();
  return {};
}

}  // namespace lmos::check
