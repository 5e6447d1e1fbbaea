#include "plugin_under_check.h"

#include <algorithm>

#include "check.h"
#include "pipeline/config_service.h"
#include "pipeline/plugin_schema.h"
#include "pipeline/validate.h"
#include "pipeline/yaml_reader.h"
#include "registry/loaded_plugins.h"

namespace lmos::check {

namespace {

// A size that fits the others, by the names that the ABI gives to axes.
double small_size(const Field& field) {
  const std::map<std::string, double> sizes = {{"layers", 2},   {"embed", 64}, {"heads", 4},
                                               {"kv_heads", 2}, {"mlp", 96},   {"vocab_size", 300}};
  const auto known = sizes.find(field.name);
  const double size = known == sizes.end() ? 8 : known->second;
  return std::clamp(size, field.minimum.value_or(size), field.maximum.value_or(size));
}

ConfigTree guess(std::string_view option, const std::vector<Field>& fields) {
  std::vector<ConfigMember> members;
  for (const Field& field : fields) {
    if (!field.required) continue;
    if (field.type != FieldType::kInt && field.type != FieldType::kFloat)
      throw Skipped("`" + field.name + "` is required; give --" + std::string(option) + " '{" +
                    field.name + ": ...}'");
    const double size = small_size(field);
    members.push_back({field.name,
                       field.type == FieldType::kInt
                           ? ConfigTree::integer(static_cast<int64_t>(size))
                           : ConfigTree::number(size),
                       {}});
  }
  return ConfigTree::section(std::move(members));
}

}  // namespace

PluginUnderCheck::PluginUnderCheck(const registry::PluginRecord& record, const Given& given)
    : record_(record), given_(given), services_(2) {
  services_.add(LMOS_HOST_CONFIG_ID, &config_service(services_.host()));
  plugin_ = &registry::run_plugin(record, services_.host());
}

const void* PluginUnderCheck::find_table(std::string_view id) const {
  const void* table = plugin_->get_interface({id.data(), id.size()});
  registry::check_interface_table(id, table);
  return table;
}

ConfigTree PluginUnderCheck::section(std::string_view option, const lmos_field* fields,
                                     uint64_t count) const {
  const std::vector<Field> schema = fields_from_plugin(fields, count, record_.name);
  const auto yaml = given_.sections.find(option);
  const ConfigTree tree = yaml == given_.sections.end()
                              ? guess(option, schema)
                              : parse_yaml(yaml->second, Place::in("--" + std::string(option)));
  return validate(tree, schema, {});
}

}  // namespace lmos::check
