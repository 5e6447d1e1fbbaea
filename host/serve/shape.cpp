#include "serve/shape.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "formats/quote.h"
#include "formats/utf8.h"
#include "pipeline/nearest_name.h"
#include "serve/api_error.h"

namespace lmos::serve {
namespace {

enum class Kind {
  kAnything,
  kBoolean,
  kInteger,
  kNumber,
  kText,
  kChoice,
  kList,
  kObject,
  kMap,
  kAnyOf
};

std::string brief(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

std::string below(const std::string& parent, std::string_view key) {
  return parent.empty() ? std::string(key) : parent + "." + std::string(key);
}

[[noreturn]] void refuse(const std::string& parameter, const std::string& expected,
                         const Json& value) {
  throw invalid_request((parameter.empty() ? "the body" : parameter) + ": expected " + expected +
                            ", found " + value.excerpt(),
                        parameter);
}

std::string size_text(size_t minimum, size_t maximum, const std::string& what) {
  if (maximum == SIZE_MAX)
    return minimum == 0 ? "" : " of at least " + std::to_string(minimum) + " " + what;
  return " of " + std::to_string(minimum) + " to " + std::to_string(maximum) + " " + what;
}

}  // namespace

struct Shape::Data {
  Kind kind = Kind::kAnything;
  int64_t least = 0, most = 0;              // of integers
  double minimum = 0, maximum = 0;          // of numbers
  bool above_minimum = false;               // of numbers
  size_t smallest = 0, largest = SIZE_MAX;  // characters, elements or fields
  std::vector<std::string> values;          // to choose from
  std::vector<ShapeField> fields;
  std::vector<Shape> parts;  // the element, the value, or the alternatives
  bool or_null = false;
};

Shape Shape::anything() { return Shape(std::make_shared<const Data>()); }

Shape Shape::boolean() { return Shape(std::make_shared<const Data>(Data{.kind = Kind::kBoolean})); }

Shape Shape::integer(int64_t minimum, int64_t maximum) {
  return Shape(std::make_shared<const Data>(
      Data{.kind = Kind::kInteger, .least = minimum, .most = maximum}));
}

Shape Shape::number(double minimum, double maximum, bool above_minimum) {
  return Shape(std::make_shared<const Data>(Data{.kind = Kind::kNumber,
                                                 .minimum = minimum,
                                                 .maximum = maximum,
                                                 .above_minimum = above_minimum}));
}

Shape Shape::any_number() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return number(-kInfinity, kInfinity);
}

Shape Shape::text(size_t minimum, size_t maximum) {
  return Shape(std::make_shared<const Data>(
      Data{.kind = Kind::kText, .smallest = minimum, .largest = maximum}));
}

Shape Shape::choice(std::vector<std::string> values) {
  return Shape(
      std::make_shared<const Data>(Data{.kind = Kind::kChoice, .values = std::move(values)}));
}

Shape Shape::list(Shape element, size_t minimum, size_t maximum) {
  return Shape(std::make_shared<const Data>(Data{.kind = Kind::kList,
                                                 .smallest = minimum,
                                                 .largest = maximum,
                                                 .parts = {std::move(element)}}));
}

Shape Shape::object(std::vector<ShapeField> fields) {
  return Shape(
      std::make_shared<const Data>(Data{.kind = Kind::kObject, .fields = std::move(fields)}));
}

Shape Shape::map(Shape value, size_t maximum) {
  return Shape(std::make_shared<const Data>(
      Data{.kind = Kind::kMap, .largest = maximum, .parts = {std::move(value)}}));
}

Shape Shape::any_of(std::vector<Shape> alternatives) {
  return Shape(
      std::make_shared<const Data>(Data{.kind = Kind::kAnyOf, .parts = std::move(alternatives)}));
}

Shape Shape::or_null() const {
  Data data = *data_;
  data.or_null = true;
  return Shape(std::make_shared<const Data>(std::move(data)));
}

const std::vector<ShapeField>& Shape::fields() const { return data_->fields; }
bool Shape::is_boolean() const { return data_->kind == Kind::kBoolean; }
bool Shape::is_integer() const { return data_->kind == Kind::kInteger; }

std::string Shape::description() const {
  const Data& data = *data_;
  switch (data.kind) {
    case Kind::kAnything:
      return "any value";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kInteger:
      return "an integer from " + std::to_string(data.least) + " to " + std::to_string(data.most);
    case Kind::kNumber:
      if (std::isinf(data.maximum)) return "a number";
      return data.above_minimum
                 ? "a number above " + brief(data.minimum) + " and at most " + brief(data.maximum)
                 : "a number from " + brief(data.minimum) + " to " + brief(data.maximum);
    case Kind::kText:
      return "a string" + size_text(data.smallest, data.largest, "characters");
    case Kind::kChoice: {
      std::string text = data.values.size() > 1 ? "one of " : "";
      for (size_t i = 0; i < data.values.size(); ++i)
        text += (i > 0 ? ", " : "") + quote_text(data.values[i]);
      return text;
    }
    case Kind::kList:
      return "a list" + size_text(data.smallest, data.largest, "elements");
    case Kind::kObject:
      return "an object";
    case Kind::kMap:
      return "an object" + size_text(0, data.largest, "fields");
    case Kind::kAnyOf: {
      std::string text;
      for (size_t i = 0; i < data.parts.size(); ++i)
        text += (i > 0 ? " or " : "") + data.parts[i].description();
      return text;
    }
  }
  return "";
}

bool Shape::fits_by_type(const Json& value, bool with_elements) const {
  const Data& data = *data_;
  if (data.or_null && value.is_null()) return true;
  switch (data.kind) {
    case Kind::kAnything:
      return true;
    case Kind::kBoolean:
      return value.is_bool();
    case Kind::kInteger:
    case Kind::kNumber:
      return value.is_number();
    case Kind::kText:
      return value.is_string();
    case Kind::kChoice:
      return value.is_string() &&
             (!with_elements || std::ranges::count(data.values, value.as_string("")) > 0);
    case Kind::kList: {
      if (!value.is_array()) return false;
      const Json::Array& items = value.as_array("");
      return !with_elements || items.empty() || data.parts[0].fits_by_type(items.front(), true);
    }
    case Kind::kObject:
      // Objects are told apart by the fields that choose one value, such as "type".
      return value.is_object() &&
             (!with_elements || std::ranges::all_of(data.fields, [&](const ShapeField& field) {
               const Json* member = value.find(field.name);
               if (member == nullptr) return !field.required;
               return field.shape.data_->kind != Kind::kChoice ||
                      field.shape.fits_by_type(*member, true);
             }));
    case Kind::kMap:
      return value.is_object();
    case Kind::kAnyOf:
      return std::ranges::any_of(
          data.parts, [&](const Shape& part) { return part.fits_by_type(value, with_elements); });
  }
  return false;
}

const Shape* Shape::alternative_for(const Json& value) const {
  for (const bool with_elements : {true, false})
    for (const Shape& part : data_->parts)
      if (part.fits_by_type(value, with_elements)) return &part;
  return nullptr;
}

void Shape::check_object(const Json& value, const std::string& parameter) const {
  for (const ShapeField& field : data_->fields) {
    const Json* member = value.find(field.name);
    const std::string where = below(parameter, field.name);
    if (member == nullptr || member->is_null()) {
      if (field.required) throw invalid_request("the field '" + where + "' is missing", where);
    } else {
      field.shape.check(*member, where);
    }
  }
  for (const JsonMember& member : value.as_object(parameter)) {
    if (std::ranges::count(data_->fields, member.key, &ShapeField::name) > 0) continue;
    std::vector<std::string> names;
    for (const ShapeField& field : data_->fields) names.push_back(field.name);
    const auto nearest = nearest_name(member.key, names);
    throw invalid_request("unknown field " + quote_text(below(parameter, member.key), 60) +
                              (nearest ? "; did you mean \"" + *nearest + "\"?" : ""),
                          below(parameter, member.key.substr(0, 60)));
  }
}

void Shape::check(const Json& value, const std::string& parameter) const {
  const Data& data = *data_;
  if (data.or_null && value.is_null()) return;
  if (data.kind == Kind::kAnyOf) {
    const Shape* part = alternative_for(value);
    if (part == nullptr) refuse(parameter, description(), value);
    return part->check(value, parameter);
  }
  if (!fits_by_type(value, false)) refuse(parameter, description(), value);
  const auto check_size = [&](size_t size) {
    if (size < data.smallest || size > data.largest) refuse(parameter, description(), value);
  };
  switch (data.kind) {
    case Kind::kInteger:
      if (!value.is_int64() || value.as_int64(parameter) < data.least ||
          value.as_int64(parameter) > data.most)
        refuse(parameter, description(), value);
      return;
    case Kind::kNumber: {
      const double number = value.as_double(parameter);
      if (number > data.maximum ||
          (data.above_minimum ? number <= data.minimum : number < data.minimum))
        refuse(parameter, description(), value);
      return;
    }
    case Kind::kText:
      if (data.smallest > 0 || data.largest < SIZE_MAX)
        check_size(count_characters(value.as_string(parameter)));
      return;
    case Kind::kChoice:
      if (!fits_by_type(value, true)) refuse(parameter, description(), value);
      return;
    case Kind::kList: {
      const Json::Array& items = value.as_array(parameter);
      check_size(items.size());
      for (size_t i = 0; i < items.size(); ++i)
        data.parts[0].check(items[i], below(parameter, std::to_string(i)));
      return;
    }
    case Kind::kMap:
      check_size(value.as_object(parameter).size());
      for (const JsonMember& member : value.as_object(parameter))
        data.parts[0].check(member.value, below(parameter, member.key.substr(0, 60)));
      return;
    case Kind::kObject:
      return check_object(value, parameter);
    default:
      return;
  }
}

const Json* given(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool flag_or(const Json& object, std::string_view key, bool absent) {
  const Json* value = given(object, key);
  return value != nullptr ? value->as_bool(key) : absent;
}

int64_t integer_or(const Json& object, std::string_view key, int64_t absent) {
  const Json* value = given(object, key);
  return value != nullptr ? value->as_int64(key) : absent;
}

double number_or(const Json& object, std::string_view key, double absent) {
  const Json* value = given(object, key);
  return value != nullptr ? value->as_double(key) : absent;
}

std::string text_or(const Json& object, std::string_view key, std::string absent) {
  const Json* value = given(object, key);
  return value != nullptr ? value->as_string(key) : absent;
}

Json Shape::schema() const {
  const Data& data = *data_;
  Json json = Json::Object();
  const auto set_size = [&](const char* minimum, const char* maximum) {
    if (data.smallest > 0) json.set(minimum, data.smallest);
    if (data.largest < SIZE_MAX) json.set(maximum, data.largest);
  };
  const auto set_type = [&](const char* type) {
    if (data.or_null)
      json.set("type", Json::Array{type, "null"});
    else
      json.set("type", type);
  };
  switch (data.kind) {
    case Kind::kAnything:
      break;
    case Kind::kBoolean:
      set_type("boolean");
      break;
    case Kind::kInteger:
      set_type("integer");
      json.set("minimum", data.least);
      json.set("maximum", data.most);
      break;
    case Kind::kNumber:
      set_type("number");
      if (std::isinf(data.maximum)) break;
      json.set(data.above_minimum ? "exclusiveMinimum" : "minimum", data.minimum);
      json.set("maximum", data.maximum);
      break;
    case Kind::kText:
      set_type("string");
      set_size("minLength", "maxLength");
      break;
    case Kind::kChoice: {
      set_type("string");
      Json::Array values(data.values.begin(), data.values.end());
      if (data.or_null) values.emplace_back();
      json.set("enum", std::move(values));
      break;
    }
    case Kind::kList:
      set_type("array");
      json.set("items", data.parts[0].schema());
      set_size("minItems", "maxItems");
      break;
    case Kind::kMap:
      set_type("object");
      json.set("additionalProperties", data.parts[0].schema());
      set_size("minProperties", "maxProperties");
      break;
    case Kind::kObject: {
      set_type("object");
      Json properties = Json::Object();
      Json::Array required;
      for (const ShapeField& field : data.fields) {
        Json property = (field.required ? field.shape : field.shape.or_null()).schema();
        if (!field.doc.empty()) property.set("description", field.doc);
        properties.set(field.name, std::move(property));
        if (field.required) required.emplace_back(field.name);
      }
      json.set("properties", std::move(properties));
      if (!required.empty()) json.set("required", std::move(required));
      json.set("additionalProperties", false);
      break;
    }
    case Kind::kAnyOf: {
      Json::Array parts;
      for (const Shape& part : data.parts) parts.push_back(part.schema());
      if (data.or_null) {
        Json null = Json::Object();
        null.set("type", "null");
        parts.push_back(std::move(null));
      }
      json.set("anyOf", std::move(parts));
      break;
    }
  }
  return json;
}

}  // namespace lmos::serve
