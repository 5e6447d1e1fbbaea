#include "formats/json.h"

#include <algorithm>

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/quote.h"

namespace lmos {
namespace {

constexpr size_t kExcerptBytes = 60;

[[noreturn]] void expected(std::string_view what, const Json& found, std::string_view where) {
  throw Error(ErrorKind::kInput, std::string(where) + ": expected " + std::string(what) +
                                     ", found " + found.excerpt());
}

template <typename Object>
auto find_member(Object& object, std::string_view key) {
  return std::find_if(object.begin(), object.end(),
                      [&](const JsonMember& member) { return member.key == key; });
}

}  // namespace

Json::Json(std::nullptr_t) {}
Json::Json(double number) : value_(number) {}
Json::Json(std::string text) : value_(std::move(text)) {}
Json::Json(std::string_view text) : value_(std::string(text)) {}
Json::Json(const char* text) : value_(std::string(text)) {}
Json::Json(Array array) : value_(std::move(array)) {}
Json::Json(Object object) : value_(std::move(object)) {}

bool Json::is_uint64() const {
  const int64_t* number = std::get_if<int64_t>(&value_);
  return number ? *number >= 0 : std::holds_alternative<uint64_t>(value_);
}

bool Json::is_number() const {
  return is_int64() || std::holds_alternative<uint64_t>(value_) ||
         std::holds_alternative<double>(value_);
}

bool Json::as_bool(std::string_view where) const {
  if (const bool* value = std::get_if<bool>(&value_)) return *value;
  expected("true or false", *this, where);
}

int64_t Json::as_int64(std::string_view where) const {
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return *value;
  expected("an integer", *this, where);
}

uint64_t Json::as_uint64(std::string_view where) const {
  if (const uint64_t* value = std::get_if<uint64_t>(&value_)) return *value;
  const int64_t* value = std::get_if<int64_t>(&value_);
  if (value && *value >= 0) return static_cast<uint64_t>(*value);
  expected("an integer that is not negative", *this, where);
}

double Json::as_double(std::string_view where) const {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  if (const uint64_t* value = std::get_if<uint64_t>(&value_)) return static_cast<double>(*value);
  expected("a number", *this, where);
}

const std::string& Json::as_string(std::string_view where) const& {
  if (const std::string* value = std::get_if<std::string>(&value_)) return *value;
  expected("a string", *this, where);
}

std::string Json::as_string(std::string_view where) && {
  std::as_const(*this).as_string(where);
  return std::get<std::string>(std::move(value_));
}

const Json::Array& Json::as_array(std::string_view where) const& {
  if (const Array* value = std::get_if<Array>(&value_)) return *value;
  expected("an array", *this, where);
}

Json::Array Json::as_array(std::string_view where) && {
  std::as_const(*this).as_array(where);
  return std::get<Array>(std::move(value_));
}

const Json::Object& Json::as_object(std::string_view where) const& {
  if (const Object* value = std::get_if<Object>(&value_)) return *value;
  expected("an object", *this, where);
}

Json::Object Json::as_object(std::string_view where) && {
  std::as_const(*this).as_object(where);
  return std::get<Object>(std::move(value_));
}

const Json* Json::find(std::string_view key) const {
  const Object* object = std::get_if<Object>(&value_);
  if (!object) return nullptr;
  auto member = find_member(*object, key);
  return member == object->end() ? nullptr : &member->value;
}

const Json& Json::at(std::string_view key, std::string_view where) const& {
  as_object(where);
  if (const Json* value = find(key)) return *value;
  throw Error(ErrorKind::kInput, std::string(where) + ": " + quote_text(key) + " is missing");
}

Json Json::at(std::string_view key, std::string_view where) && {
  return std::as_const(*this).at(key, where);
}

void Json::set(std::string_view key, Json value) {
  Object& object = std::get<Object>(value_);
  auto member = find_member(object, key);
  if (member == object.end()) {
    object.push_back({std::string(key), std::move(value)});
  } else {
    member->value = std::move(value);
  }
}

std::string Json::excerpt() const {
  // Containers may be huge: they are named, not printed.
  if (is_array()) return std::get<Array>(value_).empty() ? "[]" : "an array";
  if (is_object()) return std::get<Object>(value_).empty() ? "{}" : "an object";
  if (is_string()) return quote_text(std::get<std::string>(value_), kExcerptBytes);
  return compact_json(*this);
}

bool operator==(const Json& a, const Json& b) { return a.value_ == b.value_; }

}  // namespace lmos
