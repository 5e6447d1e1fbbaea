// Tables of the fields of a plugin's section, as constants that need no code at load time:
//
//   constexpr lmos_field kFields[] = {
//       Field::integer("layers", "Number of transformer layers.").required().minimum(1),
//       Field::number("dropout", "Rate of dropout in
//       training.").otherwise("0").minimum(0).maximum(1),
//   };
#pragma once

#include <span>
#include <string_view>

#include "llmasos/schema.h"
#include "llmasos/text.hpp"

namespace lmos::sdk {

class Field {
 public:
  // `doc`: one sentence. All strings and spans given here have static storage.
  static constexpr Field boolean(std::string_view name, std::string_view doc) {
    return Field(LMOS_FIELD_BOOL, name, doc);
  }
  static constexpr Field integer(std::string_view name, std::string_view doc) {
    return Field(LMOS_FIELD_INT, name, doc);
  }
  static constexpr Field number(std::string_view name, std::string_view doc) {
    return Field(LMOS_FIELD_FLOAT, name, doc);
  }
  static constexpr Field string(std::string_view name, std::string_view doc) {
    return Field(LMOS_FIELD_STRING, name, doc);
  }
  // `element`: LMOS_FIELD_STRING, ...
  static constexpr Field list(std::string_view name, std::string_view doc, int32_t element) {
    Field field(LMOS_FIELD_LIST, name, doc);
    field.field_.element = element;
    return field;
  }
  static constexpr Field section(std::string_view name, std::string_view doc,
                                 std::span<const lmos_field> fields) {
    Field field(LMOS_FIELD_SECTION, name, doc);
    field.field_.fields = fields.data();
    field.field_.field_count = fields.size();
    return field;
  }
  // Of several types; the plugin checks the value itself.
  static constexpr Field any(std::string_view name, std::string_view doc) {
    return Field(LMOS_FIELD_ANY, name, doc);
  }

  constexpr Field required() const {
    Field field = *this;
    field.field_.required = 1;
    return field;
  }
  // The default, as YAML.
  constexpr Field otherwise(std::string_view yaml) const {
    Field field = *this;
    field.field_.default_value = borrow(yaml);
    return field;
  }
  // Inclusive.
  constexpr Field minimum(double value) const {
    Field field = *this;
    field.field_.has_minimum = 1;
    field.field_.minimum = value;
    return field;
  }
  constexpr Field maximum(double value) const {
    Field field = *this;
    field.field_.has_maximum = 1;
    field.field_.maximum = value;
    return field;
  }
  constexpr Field choices(std::span<const lmos_string> values) const {
    Field field = *this;
    field.field_.choices = values.data();
    field.field_.choice_count = values.size();
    return field;
  }

  // `use`: LMOS_PATH_READ, ...
  constexpr Field path(int32_t use) const {
    Field field = *this;
    field.field_.path_use = use;
    return field;
  }

  constexpr operator lmos_field() const { return field_; }

 private:
  constexpr Field(int32_t type, std::string_view name, std::string_view doc) {
    field_.struct_size = sizeof(lmos_field);
    field_.type = type;
    field_.name = borrow(name);
    field_.doc = borrow(doc);
  }

  lmos_field field_ = {};
};

}  // namespace lmos::sdk
