#include "pipeline/plugin_schema.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "errors/error.h"
#include "pipeline/quoted_text.h"
#include "pipeline/validate.h"
#include "pipeline/yaml_reader.h"

namespace lmos {
namespace {

constexpr uint64_t kMostFields = 1000;
constexpr uint64_t kMostTextBytes = 1 << 16;
constexpr int kDeepest = 8;
// The size of the struct when its interface was frozen; a plugin may know more members, never
// fewer.
constexpr uint32_t kFieldSize = offsetof(lmos_field, field_count) + sizeof(uint64_t);

class PluginFields {
 public:
  explicit PluginFields(std::string plugin) : plugin_(std::move(plugin)) {}

  std::vector<Field> convert(const lmos_field* fields, uint64_t count, const std::string& path,
                             int depth) const {
    if (count == 0) return {};
    if (!fields) fail(path, "declares fields without a table of them");
    if (count > kMostFields) fail(path, "declares more than 1000 fields");
    if (depth > kDeepest) fail(path, "nests sections more than 8 deep");
    const uint32_t stride = fields->struct_size;
    if (stride < kFieldSize) fail(path, "has a field table with a struct_size that is too small");
    std::vector<Field> converted;
    for (uint64_t i = 0; i < count; ++i) {
      lmos_field field;
      field.path_use = LMOS_PATH_NONE;
      std::memcpy(&field, reinterpret_cast<const char*>(fields) + i * stride,
                  stride < sizeof field ? kFieldSize : sizeof field);
      converted.push_back(convert_one(field, path, depth));
      const std::string& name = converted.back().name;
      if (find_field(converted, name) != &converted.back()) {
        fail(path, "declares the field '" + name + "' twice");
      }
    }
    return converted;
  }

 private:
  [[noreturn]] void fail(const std::string& path, const std::string& what) const {
    throw Error(ErrorKind::kPlugin, "plugin '" + plugin_ + "'" +
                                        (path.empty() ? "" : ", field '" + path + "'") + ": " +
                                        what + "; this is for the plugin's author to repair");
  }

  std::string text(const lmos_string& text, const std::string& path) const {
    if (text.size > kMostTextBytes || (!text.data && text.size)) fail(path, "has an invalid text");
    return text.data ? std::string(text.data, text.size) : std::string();
  }

  static bool is_key(const std::string& name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
  }

  FieldType type(int32_t type, const std::string& path) const {
    switch (type) {
      case LMOS_FIELD_BOOL:
        return FieldType::kBool;
      case LMOS_FIELD_INT:
        return FieldType::kInt;
      case LMOS_FIELD_FLOAT:
        return FieldType::kFloat;
      case LMOS_FIELD_STRING:
        return FieldType::kString;
      case LMOS_FIELD_LIST:
        return FieldType::kList;
      case LMOS_FIELD_SECTION:
        return FieldType::kSection;
      case LMOS_FIELD_ANY:
        return FieldType::kAny;
      default:
        fail(path, "has the unknown type " + std::to_string(type));
    }
  }

  PathUse path_use(int32_t use, const std::string& path) const {
    switch (use) {
      case LMOS_PATH_NONE:
        return PathUse::kNone;
      case LMOS_PATH_READ:
        return PathUse::kRead;
      case LMOS_PATH_LOAD:
        return PathUse::kLoad;
      default:
        fail(path, "has the unknown use of a path " + std::to_string(use));
    }
  }

  Field convert_one(const lmos_field& source, const std::string& parent, int depth) const {
    Field field;
    field.name = text(source.name, parent);
    if (!is_key(field.name)) {
      fail(parent, "declares a field " + in_quotes(field.name) +
                       "; names are lower-case letters, digits and underscores");
    }
    const std::string path = (parent.empty() ? "" : parent + ".") + field.name;
    field.type = type(source.type, path);
    field.doc = text(source.doc, path);
    field.required = source.required != 0;
    field.path = path_use(source.path_use, path);
    if (field.type == FieldType::kList) {
      Field element;
      element.type = type(source.element, path);
      if (element.type == FieldType::kList) fail(path, "is a list of lists");
      set_constraints(element, source, path, depth);
      field.element = std::make_shared<const Field>(std::move(element));
    } else {
      set_constraints(field, source, path, depth);
    }
    if (source.default_value.data) set_default(field, source, path);
    return field;
  }

  void set_constraints(Field& field, const lmos_field& source, const std::string& path,
                       int depth) const {
    if (source.has_minimum) field.minimum = source.minimum;
    if (source.has_maximum) field.maximum = source.maximum;
    if (field.type == FieldType::kSection) {
      field.fields = convert(source.fields, source.field_count, path, depth + 1);
    }
    if (field.type != FieldType::kString || !source.choices) return;
    if (source.choice_count > kMostFields) fail(path, "has more than 1000 choices");
    for (uint64_t i = 0; i < source.choice_count; ++i) {
      field.choices.push_back(text(source.choices[i], path));
    }
  }

  void set_default(Field& field, const lmos_field& source, const std::string& path) const {
    try {
      const ConfigTree value =
          parse_yaml(text(source.default_value, path), Place::in("default of " + path));
      // Checked as a section of this one field would be, so that a default obeys its own bounds.
      Field alone = field;
      alone.required = false;
      validate(ConfigTree::section({{field.name, value, {}}}), {alone}, {});
      field.default_value = value;
    } catch (const Error& error) {
      fail(path, std::string("has a default that does not fit: ") + error.what());
    }
  }

  std::string plugin_;
};

}  // namespace

std::vector<Field> fields_from_plugin(const lmos_field* fields, uint64_t count,
                                      const std::string& plugin) {
  return PluginFields(plugin).convert(fields, count, "", 0);
}

}  // namespace lmos
