// A JSON value whose objects keep the order of their members.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lmos {

struct JsonMember;

// Integers of up to 64 bits stay integers; larger ones and those with a fraction or exponent are
// doubles. Strings are UTF-8.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<JsonMember>;  // keys are unique

  Json() = default;  // null
  Json(std::nullptr_t);
  Json(double number);
  Json(std::string text);
  Json(std::string_view text);
  Json(const char* text);
  Json(Array array);
  Json(Object object);
  template <std::integral T>
  Json(T value);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int64() const { return std::holds_alternative<int64_t>(value_); }
  bool is_uint64() const;  // an integer >= 0
  bool is_number() const;
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  // Each throws Error(kInput) "WHERE: expected …, found …" for a value of another type; `where`
  // names the file and the field, for example `config.json: "hidden_size"`. References live as long
  // as this value is not changed; of a temporary, the parts themselves are given.
  bool as_bool(std::string_view where) const;
  int64_t as_int64(std::string_view where) const;
  uint64_t as_uint64(std::string_view where) const;
  double as_double(std::string_view where) const;  // integers too
  const std::string& as_string(std::string_view where) const&;
  std::string as_string(std::string_view where) &&;
  const Array& as_array(std::string_view where) const&;
  Array as_array(std::string_view where) &&;
  const Object& as_object(std::string_view where) const&;
  Object as_object(std::string_view where) &&;

  // The member of an object; null when it is absent or this is no object.
  const Json* find(std::string_view key) const;
  // The member of an object; Error(kInput) naming `where` and the key when it is absent.
  const Json& at(std::string_view key, std::string_view where) const&;
  Json at(std::string_view key, std::string_view where) &&;
  // Replaces the member, or adds it at the end. This must be an object.
  void set(std::string_view key, Json value);

  // The value as JSON text for an error message, cut to about 60 bytes.
  std::string excerpt() const;

  friend bool operator==(const Json& a, const Json& b);
  friend class JsonWriter;

 private:
  // uint64_t only for integers above INT64_MAX, so that equal numbers compare equal.
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object> value_;
};

struct JsonMember {
  std::string key;
  Json value;
  friend bool operator==(const JsonMember& a, const JsonMember& b) = default;
};

template <std::integral T>
Json::Json(T value) {
  if constexpr (std::same_as<T, bool>) {
    value_ = value;
  } else if (std::in_range<int64_t>(value)) {
    value_ = static_cast<int64_t>(value);
  } else {
    value_ = static_cast<uint64_t>(value);
  }
}

}  // namespace lmos
