#include "pipeline/schema.h"

#include <cmath>

#include "pipeline/yaml_scalar.h"

namespace lmos {
namespace {

std::string format_bound(double bound) {
  if (std::abs(bound) < 1e15 && bound == std::floor(bound)) {
    return std::to_string(static_cast<int64_t>(bound));
  }
  return format_double(bound);
}

}  // namespace

const Field* find_field(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::vector<Field> with_plugin_fields(const Field& section, std::vector<Field> plugin_fields,
                                      bool replaced) {
  if (replaced) {
    for (Field& field : plugin_fields) {
      field.required = false;
      field.default_value.reset();
      field.refusal = "cannot be combined with '" + section.plugin->replacing_key + "'";
    }
  }
  std::vector<Field> fields = section.fields;
  std::vector<Field>* target = &fields;
  for (Field& field : fields) {
    if (field.name == section.plugin->subsection) target = &field.fields;
  }
  for (Field& field : plugin_fields) {
    // A key that the host defines itself keeps the host's meaning.
    if (!find_field(*target, field.name)) target->push_back(std::move(field));
  }
  return fields;
}

std::string bounds_text(const Field& field) {
  if (field.minimum && field.maximum && *field.minimum == *field.maximum) {
    return "only " + format_bound(*field.minimum);
  }
  std::string low, high;
  if (field.minimum) {
    low = (field.above_minimum ? "greater than " : "at least ") + format_bound(*field.minimum);
  }
  if (field.maximum) {
    high = (field.below_maximum ? "less than " : "at most ") + format_bound(*field.maximum);
  }
  if (low.empty() || high.empty()) return low + high;
  if (!field.above_minimum && !field.below_maximum) {
    return "between " + format_bound(*field.minimum) + " and " + format_bound(*field.maximum);
  }
  return low + " and " + high;
}

std::string type_text(const Field& field) {
  switch (field.type) {
    case FieldType::kBool:
      return "true or false";
    case FieldType::kInt:
      return "integer";
    case FieldType::kFloat:
      return "number";
    case FieldType::kString:
      return "string";
    case FieldType::kList:
      if (!field.element || field.element->type == FieldType::kAny) return "list";
      return "list, each " + type_text(*field.element);
    case FieldType::kSection:
      return "section";
    case FieldType::kAny:
      return "any";
  }
  return "?";
}

}  // namespace lmos
