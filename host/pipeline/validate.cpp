#include "pipeline/validate.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "pipeline/nearest_name.h"
#include "pipeline/quoted_text.h"

namespace lmos {
namespace {

class Validator {
 public:
  Validator(const std::vector<Field>& root, const PluginSchemas& plugins, Problems& problems)
      : root_(root), plugins_(plugins), problems_(problems) {}

  // `place`: where to point for a key that is missing from the section.
  ConfigTree section(const std::vector<Field>& fields, const ConfigTree& given, const Place& place,
                     const std::string& path) {
    std::vector<ConfigMember> members;
    for (const Field& field : fields) {
      if (auto member = resolve_member(field, given, place, path)) {
        members.push_back(std::move(*member));
      }
    }
    for (const ConfigMember& member : given.members()) {
      if (!find_field(fields, member.key)) add_unknown_key(member, fields, path);
    }
    return ConfigTree::section(std::move(members), given.place());
  }

 private:
  static std::string join(const std::string& path, const std::string& key) {
    const bool ordinary = !key.empty() && key.size() <= 64 &&
                          std::none_of(key.begin(), key.end(), [](unsigned char c) {
                            return c <= ' ' || c == '.' || c == ':' || c == 0x7F;
                          });
    return (path.empty() ? "" : path + ".") + (ordinary ? key : in_quotes(key));
  }

  std::optional<ConfigMember> resolve_member(const Field& field, const ConfigTree& section,
                                             const Place& section_place, const std::string& path) {
    const ConfigMember* given = nullptr;
    for (const ConfigMember& member : section.members()) {
      if (member.key == field.name) given = &member;
    }
    const std::string field_path = join(path, field.name);
    if (given && !field.refusal.empty()) {
      problems_.add(given->place, field_path, field.refusal);
      return std::nullopt;
    }
    if (!given && field.required) {
      problems_.add(section_place, field_path, "is required but missing");
      return std::nullopt;
    }
    if (!given && !field.default_value) return std::nullopt;

    const ConfigTree& value = given ? given->value : *field.default_value;
    const Place place = given ? given->place : section_place;
    auto resolved = resolve_value(field, value, place, field_path);
    if (!resolved) return std::nullopt;
    return ConfigMember{field.name, std::move(*resolved), given ? given->place : value.place()};
  }

  // `key_place`: of the value's key; the value's own place is used for what is wrong with the
  // value.
  std::optional<ConfigTree> resolve_value(const Field& field, const ConfigTree& value,
                                          const Place& key_place, const std::string& path) {
    if (value.is_null() && field.type == FieldType::kSection) {
      return resolve_section(field, ConfigTree::section({}, value.place()), key_place, path);
    }
    if (value.is_null() && field.type != FieldType::kAny) {
      problems_.add(value.place(), path, "has no value; give it one or remove the key");
      return std::nullopt;
    }
    switch (field.type) {
      case FieldType::kAny:
        return value;
      case FieldType::kBool:
        return expect(value.kind() == ConfigKind::kBool, "true or false", value, path);
      case FieldType::kInt:
        return resolve_int(field, value, path);
      case FieldType::kFloat:
        return resolve_float(field, value, path);
      case FieldType::kString:
        return resolve_string(field, value, path);
      case FieldType::kList:
        return resolve_list(field, value, path);
      case FieldType::kSection:
        if (!expect(value.is_section(), "a section of keys and values", value, path)) break;
        return resolve_section(field, value, key_place, path);
    }
    return std::nullopt;
  }

  std::optional<ConfigTree> expect(bool fits, const char* expected, const ConfigTree& value,
                                   const std::string& path) {
    if (fits) return value;
    problems_.add(value.place(), path,
                  std::string("expected ") + expected + ", found " + describe(value));
    return std::nullopt;
  }

  bool in_bounds(const Field& field, double number, const ConfigTree& value,
                 const std::string& path) {
    const bool low = !field.minimum || number > *field.minimum ||
                     (!field.above_minimum && number == *field.minimum);
    const bool high = !field.maximum || number < *field.maximum ||
                      (!field.below_maximum && number == *field.maximum);
    if (low && high) return true;
    problems_.add(value.place(), path,
                  describe(value) + " is out of range (" + bounds_text(field) + ")");
    return false;
  }

  std::optional<ConfigTree> resolve_int(const Field& field, const ConfigTree& value,
                                        const std::string& path) {
    if (!expect(value.kind() == ConfigKind::kInt, "an integer", value, path)) return std::nullopt;
    if (!in_bounds(field, value.as_double(), value, path)) return std::nullopt;
    return value;
  }

  std::optional<ConfigTree> resolve_float(const Field& field, const ConfigTree& value,
                                          const std::string& path) {
    const bool fits = value.kind() == ConfigKind::kInt || value.kind() == ConfigKind::kFloat;
    if (!expect(fits, "a number", value, path)) return std::nullopt;
    if (!expect(std::isfinite(value.as_double()), "a finite number", value, path)) {
      return std::nullopt;
    }
    if (!in_bounds(field, value.as_double(), value, path)) return std::nullopt;
    return ConfigTree::number(value.as_double(), value.place());
  }

  std::optional<ConfigTree> resolve_string(const Field& field, const ConfigTree& value,
                                           const std::string& path) {
    if (value.kind() != ConfigKind::kString) {
      const bool scalar = !value.is_list() && !value.is_section();
      problems_.add(value.place(), path,
                    "expected a string, found " + describe(value) +
                        (scalar ? "; put it in quotes if it is meant as text" : ""));
      return std::nullopt;
    }
    const std::string& text = value.as_string();
    if (field.non_empty && text.empty()) {
      problems_.add(value.place(), path, "must not be empty");
      return std::nullopt;
    }
    if (field.choices.empty()) return value;
    if (std::count(field.choices.begin(), field.choices.end(), text)) return value;
    const auto alias = field.aliases.find(text);
    if (alias != field.aliases.end()) return ConfigTree::string(alias->second, value.place());
    problems_.add(value.place(), path,
                  in_quotes(text) + " is none of the choices" + hint(text, field.choices) +
                      " (choices: " + join_names(field.choices) + ")");
    return std::nullopt;
  }

  std::optional<ConfigTree> resolve_list(const Field& field, const ConfigTree& value,
                                         const std::string& path) {
    if (!expect(value.is_list(), "a list", value, path)) return std::nullopt;
    if (field.length && value.items().size() != *field.length) {
      problems_.add(
          value.place(), path,
          "expected a list of " + std::to_string(*field.length) + ", found " + describe(value));
      return std::nullopt;
    }
    if (!field.element) return value;
    std::vector<ConfigTree> items;
    bool complete = true;
    for (size_t i = 0; i < value.items().size(); ++i) {
      const ConfigTree& item = value.items()[i];
      auto resolved =
          resolve_value(*field.element, item, item.place(), join(path, std::to_string(i)));
      complete = complete && resolved;
      if (resolved) items.push_back(std::move(*resolved));
    }
    if (!complete) return std::nullopt;
    return ConfigTree::list(std::move(items), value.place());
  }

  ConfigTree resolve_section(const Field& field, const ConfigTree& value, const Place& place,
                             const std::string& path) {
    if (!field.plugin) return section(field.fields, value, place, path);

    const Field* plugin_key = find_field(field.fields, "plugin");
    const ConfigTree* name = value.find("plugin");
    if (!name && plugin_key->default_value) name = &*plugin_key->default_value;
    const std::string& replacing_key = field.plugin->replacing_key;
    const bool replaced = !replacing_key.empty() && value.find(replacing_key);
    if (!name && replaced) return section(field.fields, value, place, path);
    if (!name || name->kind() != ConfigKind::kString) {
      // Nobody knows which other keys are right, so complain of the plugin's name alone.
      return section(field.fields, only_known(value, field.fields), place, path);
    }
    auto plugin_fields = plugins_.fields(field.plugin->interface_id, name->as_string());
    if (!plugin_fields) {
      add_unknown_plugin(*field.plugin, *name, name->place().line ? name->place() : place, path);
      return section(field.fields, only_known(value, field.fields), place, path);
    }
    return section(with_plugin_fields(field, std::move(*plugin_fields), replaced), value, place,
                   path);
  }

  // The section without what only the plugin could judge.
  static ConfigTree only_known(const ConfigTree& value, const std::vector<Field>& fields) {
    std::vector<ConfigMember> known;
    for (const ConfigMember& member : value.members()) {
      const Field* field = find_field(fields, member.key);
      if (field && field->type != FieldType::kSection) known.push_back(member);
    }
    return ConfigTree::section(std::move(known), value.place());
  }

  static std::string hint(std::string_view name, const std::vector<std::string>& names) {
    const auto nearest = nearest_name(name, names);
    return nearest ? "; did you mean '" + *nearest + "'?" : "";
  }

  void add_unknown_plugin(const PluginPart& part, const ConfigTree& name, const Place& place,
                          const std::string& path) {
    const std::vector<std::string> names = plugins_.names(part.interface_id);
    problems_.add(place, join(path, "plugin"),
                  "no plugin " + in_quotes(name.as_string()) + " offers " + part.interface_id +
                      hint(name.as_string(), names) +
                      (names.empty() ? " (none does; `llmasos plugins` lists what was found)"
                                     : " (known: " + join_names(names) + ")"));
  }

  void add_unknown_key(const ConfigMember& member, const std::vector<Field>& fields,
                       const std::string& path) {
    std::vector<std::string> names;
    for (const Field& field : fields) {
      if (field.refusal.empty()) names.push_back(field.name);
    }
    const auto elsewhere = only_section_with(member.key, path);
    const std::string meant =
        elsewhere ? "; did you mean '" + *elsewhere + "'?" : hint(member.key, names);
    problems_.add(member.place, join(path, member.key),
                  "unknown key" + meant + " (valid keys: " + join_names(names) + ")");
  }

  // "optimizer.lr" when the key belongs into exactly one other section of the file.
  std::optional<std::string> only_section_with(const std::string& key, const std::string& path) {
    std::optional<std::string> found;
    for (const Field& field : root_) {
      const bool here = field.name == key && !path.empty();
      const bool below = field.name != path && find_field(field.fields, key);
      if (!field.refusal.empty() || (!here && !below)) continue;
      if (found) return std::nullopt;
      found = here ? key : field.name + "." + key;
    }
    return found;
  }

  const std::vector<Field>& root_;
  const PluginSchemas& plugins_;
  Problems& problems_;
};

}  // namespace

ConfigTree resolve(const ConfigTree& given, const std::vector<Field>& fields,
                   const PluginSchemas& plugins, Problems& problems) {
  if (!given.is_section()) {
    problems.add(given.place(), "",
                 given.is_null()
                     ? "the configuration is empty"
                     : "expected a section of keys and values, found " + describe(given));
    return ConfigTree::section({}, given.place());
  }
  return Validator(fields, plugins, problems).section(fields, given, given.place(), "");
}

ConfigTree validate(const ConfigTree& given, const std::vector<Field>& fields,
                    const PluginSchemas& plugins) {
  Problems problems;
  ConfigTree resolved = resolve(given, fields, plugins, problems);
  problems.throw_if_any();
  return resolved;
}

}  // namespace lmos
