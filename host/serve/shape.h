// What a JSON value may be: one declaration checks requests and describes them in /openapi.json.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.h"

namespace lmos::serve {

struct ShapeField;

// Cheap to copy, never changes.
class Shape {
 public:
  static Shape anything();
  static Shape boolean();
  static Shape integer(int64_t minimum, int64_t maximum);
  // Both ends belong to the range unless `above_minimum`.
  static Shape number(double minimum, double maximum, bool above_minimum = false);
  static Shape any_number();
  // Lengths in characters.
  static Shape text(size_t minimum = 0, size_t maximum = SIZE_MAX);
  static Shape choice(std::vector<std::string> values);
  static Shape list(Shape element, size_t minimum = 0, size_t maximum = SIZE_MAX);
  // Fields that are not declared are refused.
  static Shape object(std::vector<ShapeField> fields);
  // Any fields, each with such a value.
  static Shape map(Shape value, size_t maximum = SIZE_MAX);
  // The first alternative that fits by its type is the one that a value is checked against, for a
  // list also by that of its first element.
  static Shape any_of(std::vector<Shape> alternatives);
  // null too. Only for answers: in a request, null is what an absent field is.
  Shape or_null() const;

  // ApiError (400) that names the place: "stop.0". `parameter`: where the value stands; empty: it
  // is the whole body.
  void check(const Json& value, const std::string& parameter = "") const;
  // As JSON Schema 2020-12.
  Json schema() const;
  // "an integer from 1 to 16"
  std::string description() const;

  // Of an object; empty for others.
  const std::vector<ShapeField>& fields() const;
  bool is_boolean() const;
  bool is_integer() const;

 private:
  struct Data;
  explicit Shape(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

  bool fits_by_type(const Json& value, bool with_elements) const;
  const Shape* alternative_for(const Json& value) const;
  void check_object(const Json& value, const std::string& parameter) const;

  std::shared_ptr<const Data> data_;
};

struct ShapeField {
  std::string name;
  Shape shape;
  std::string doc = {};
  bool required = false;
};

// ---- values of an object that was checked ----

// Null if absent or null.
const Json* given(const Json& object, std::string_view key);
bool flag_or(const Json& object, std::string_view key, bool absent);
int64_t integer_or(const Json& object, std::string_view key, int64_t absent);
double number_or(const Json& object, std::string_view key, double absent);
std::string text_or(const Json& object, std::string_view key, std::string absent);

}  // namespace lmos::serve
