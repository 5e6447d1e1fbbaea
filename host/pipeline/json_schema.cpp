#include "pipeline/json_schema.h"

#include <string>
#include <utility>

#include "pipeline/pipeline_schema.h"

namespace lmos {
namespace {

using Members = std::vector<ConfigMember>;

void put(Members& members, const char* key, ConfigTree value) {
  members.push_back({key, std::move(value), {}});
}

ConfigTree text(std::string value) { return ConfigTree::string(std::move(value)); }

ConfigTree one(const char* key, ConfigTree value) {
  Members members;
  put(members, key, std::move(value));
  return ConfigTree::section(std::move(members));
}

ConfigTree texts(const std::vector<std::string>& values) {
  std::vector<ConfigTree> items;
  for (const std::string& value : values) items.push_back(text(value));
  return ConfigTree::list(std::move(items));
}

class JsonSchema {
 public:
  explicit JsonSchema(const PluginSchemas& plugins) : plugins_(plugins) {}

  ConfigTree field(const Field& field) {
    if (!field.refusal.empty()) return ConfigTree::boolean(false);
    Members members;
    switch (field.type) {
      case FieldType::kBool:
        put(members, "type", text("boolean"));
        break;
      case FieldType::kInt:
        put(members, "type", text("integer"));
        put_bounds(members, field);
        break;
      case FieldType::kFloat:
        put(members, "type", text("number"));
        put_bounds(members, field);
        break;
      case FieldType::kString:
        put_string(members, field);
        break;
      case FieldType::kList:
        put_list(members, field);
        break;
      case FieldType::kSection:
        put_section(members, field);
        break;
      case FieldType::kAny:
        break;
    }
    if (!field.doc.empty()) {
      put(members, "description",
          text(field.doc + (field.unit.empty() ? "" : " [" + field.unit + "]")));
    }
    // "Completed with its own defaults" is not something that an editor could insert.
    const bool simple_default = field.default_value && field.type != FieldType::kSection;
    if (simple_default) put(members, "default", *field.default_value);
    return ConfigTree::section(std::move(members));
  }

  ConfigTree properties(const std::vector<Field>& fields) {
    Members members;
    for (const Field& each : fields) members.push_back({each.name, field(each), {}});
    return ConfigTree::section(std::move(members));
  }

  static ConfigTree required(const std::vector<Field>& fields) {
    std::vector<std::string> names;
    for (const Field& each : fields) {
      if (each.required) names.push_back(each.name);
    }
    return texts(names);
  }

 private:
  static void put_bounds(Members& members, const Field& field) {
    const auto bound = [&](double value) {
      return field.type == FieldType::kInt ? ConfigTree::integer(static_cast<int64_t>(value))
                                           : ConfigTree::number(value);
    };
    if (field.minimum) {
      put(members, field.above_minimum ? "exclusiveMinimum" : "minimum", bound(*field.minimum));
    }
    if (field.maximum) {
      put(members, field.below_maximum ? "exclusiveMaximum" : "maximum", bound(*field.maximum));
    }
  }

  static void put_string(Members& members, const Field& field) {
    put(members, "type", text("string"));
    if (field.non_empty) put(members, "minLength", ConfigTree::integer(1));
    if (field.choices.empty()) return;
    std::vector<std::string> accepted = field.choices;
    for (const auto& [alias, choice] : field.aliases) accepted.push_back(alias);
    put(members, "enum", texts(accepted));
  }

  void put_list(Members& members, const Field& field) {
    put(members, "type", text("array"));
    if (field.element) put(members, "items", this->field(*field.element));
    if (!field.length) return;
    put(members, "minItems", ConfigTree::integer(static_cast<int64_t>(*field.length)));
    put(members, "maxItems", ConfigTree::integer(static_cast<int64_t>(*field.length)));
  }

  void put_section(Members& members, const Field& field) {
    ConfigTree own = properties(field.fields);
    if (field.plugin && own.find(field.plugin->subsection)) {
      // Its keys are the plugin's: the condition below closes it.
      const std::string& name = field.plugin->subsection;
      own = own.with(name, own.find(name)->without("additionalProperties"));
    }
    const ConfigTree needed = required(field.fields);
    // With nothing required, the section may also be empty (`evaluate:`), which YAML reads as null.
    put(members, "type", needed.items().empty() ? texts({"object", "null"}) : text("object"));
    put(members, "properties", own);
    put(members, "required", needed);
    if (!field.plugin) {
      put(members, "additionalProperties", ConfigTree::boolean(false));
      return;
    }
    const std::vector<std::string> names = plugins_.names(field.plugin->interface_id);
    std::vector<ConfigTree> conditions;
    for (const std::string& name : names) {
      if (auto fields = plugins_.fields(field.plugin->interface_id, name)) {
        conditions.push_back(condition(field, name, *fields));
      }
    }
    if (!names.empty()) {
      conditions.push_back(one("properties", one("plugin", one("enum", texts(names)))));
      put(members, "allOf", ConfigTree::list(std::move(conditions)));
    }
    // Unlike additionalProperties, this one sees the properties that a condition has allowed.
    put(members, "unevaluatedProperties", ConfigTree::boolean(false));
  }

  // if the section names this plugin, then its fields belong to the section.
  ConfigTree condition(const Field& section, const std::string& name,
                       const std::vector<Field>& plugin_fields) {
    const Field& key = *find_field(section.fields, "plugin");
    const bool is_default = key.default_value && *key.default_value == text(name);
    Members when;
    put(when, "properties", one("plugin", one("const", text(name))));
    if (!is_default) put(when, "required", texts({"plugin"}));
    if (!section.plugin->replacing_key.empty()) {
      put(when, "not", one("required", texts({section.plugin->replacing_key})));
    }

    Members then;
    if (section.plugin->subsection.empty()) {
      put(then, "properties", properties(plugin_fields));
      put(then, "required", required(plugin_fields));
    } else {
      const Field inner = {
          .name = section.plugin->subsection, .type = FieldType::kSection, .fields = plugin_fields};
      put(then, "properties", properties({inner}));
    }
    Members members;
    put(members, "if", ConfigTree::section(std::move(when)));
    put(members, "then", ConfigTree::section(std::move(then)));
    return ConfigTree::section(std::move(members));
  }

  const PluginSchemas& plugins_;
};

// What a kind adds to the whole: sections it requires, and keys it refuses.
ConfigTree kind_condition(PipelineKind kind) {
  std::vector<std::string> required;
  Members changed;
  for (const Field& field : pipeline_fields(kind)) {
    if (field.required) required.push_back(field.name);
    if (!field.refusal.empty()) {
      changed.push_back({field.name, ConfigTree::boolean(false), {}});
      continue;
    }
    Members inner;
    for (const Field& key : field.fields) {
      if (!key.refusal.empty()) inner.push_back({key.name, ConfigTree::boolean(false), {}});
    }
    if (!inner.empty()) {
      changed.push_back({field.name, one("properties", ConfigTree::section(std::move(inner))), {}});
    }
  }
  Members then;
  put(then, "required", texts(required));
  put(then, "properties", ConfigTree::section(std::move(changed)));
  Members members;
  put(members, "if", one("properties", one("kind", one("const", text(kind_text(kind))))));
  put(members, "then", ConfigTree::section(std::move(then)));
  return ConfigTree::section(std::move(members));
}

}  // namespace

ConfigTree json_schema_of(const std::vector<Field>& fields, const PluginSchemas& plugins) {
  Members members;
  put(members, "type", text("object"));
  put(members, "properties", JsonSchema(plugins).properties(fields));
  put(members, "required", JsonSchema::required(fields));
  put(members, "additionalProperties", ConfigTree::boolean(false));
  return ConfigTree::section(std::move(members));
}

ConfigTree pipeline_json_schema(const PluginSchemas& plugins) {
  std::vector<ConfigTree> kinds;
  for (const PipelineKind kind : pipeline_kinds()) kinds.push_back(kind_condition(kind));
  Members head;
  put(head, "$schema", text("https://json-schema.org/draft/2020-12/schema"));
  put(head, "title", text("LLMasOS pipeline"));
  ConfigTree schema = ConfigTree::section(std::move(head));
  const ConfigTree file = json_schema_of(pipeline_fields(), plugins);
  for (const ConfigMember& member : file.members()) {
    schema = schema.with(member.key, member.value);
  }
  return schema.with("allOf", ConfigTree::list(std::move(kinds)));
}

}  // namespace lmos
