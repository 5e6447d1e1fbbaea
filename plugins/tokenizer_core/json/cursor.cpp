#include "tokenizer_core/json/cursor.h"

#include <boost/json/value.hpp>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

std::string_view kind_name(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "a boolean";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_:
      return "a number";
    case boost::json::kind::string:
      return "a string";
    case boost::json::kind::array:
      return "a list";
    case boost::json::kind::object:
      return "an object";
  }
  return "nothing";
}

[[noreturn]] void fail_kind(const JsonCursor& cursor, std::string_view wanted,
                            const boost::json::value& value) {
  cursor.fail("expected " + std::string(wanted) + ", found " + std::string(kind_name(value)));
}

}  // namespace

void JsonCursor::fail(std::string_view message) const {
  throw TokenizerError(std::string(file_) + ": " + (path_.empty() ? "the document" : path_) + ": " +
                       std::string(message));
}

std::string JsonCursor::member_path(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const boost::json::object& JsonCursor::object() const {
  if (!value_->is_object()) fail_kind(*this, "an object", *value_);
  return value_->get_object();
}

const boost::json::array& JsonCursor::array() const {
  if (!value_->is_array()) fail_kind(*this, "a list", *value_);
  return value_->get_array();
}

JsonCursor JsonCursor::at(std::string_view key) const {
  const boost::json::value* member = object().if_contains(key);
  if (member == nullptr) fail("the member '" + std::string(key) + "' is missing");
  return {*member, member_path(key), file_};
}

std::optional<JsonCursor> JsonCursor::find(std::string_view key) const {
  const boost::json::value* member = object().if_contains(key);
  if (member == nullptr || member->is_null()) return std::nullopt;
  return JsonCursor(*member, member_path(key), file_);
}

size_t JsonCursor::size() const { return array().size(); }

JsonCursor JsonCursor::operator[](size_t index) const {
  const boost::json::array& elements = array();
  if (index >= elements.size()) {
    fail("expected more than " + std::to_string(index) + " elements, found " +
         std::to_string(elements.size()));
  }
  return {elements[index], path_ + "[" + std::to_string(index) + "]", file_};
}

bool JsonCursor::is_string() const { return value_->is_string(); }

std::string_view JsonCursor::string() const {
  if (!value_->is_string()) fail_kind(*this, "a string", *value_);
  const boost::json::string& text = value_->get_string();
  return {text.data(), text.size()};
}

std::string_view JsonCursor::character() const {
  const std::string_view text = string();
  if (text.empty() || character_bytes(text[0]) != text.size()) fail("expected one character");
  return text;
}

bool JsonCursor::boolean() const {
  if (!value_->is_bool()) fail_kind(*this, "a boolean", *value_);
  return value_->get_bool();
}

uint64_t JsonCursor::unsigned_integer() const {
  if (value_->is_int64() && value_->get_int64() >= 0)
    return static_cast<uint64_t>(value_->get_int64());
  if (value_->is_uint64()) return value_->get_uint64();
  if (value_->is_int64() || value_->is_double()) fail("expected an integer that is not negative");
  fail_kind(*this, "an integer that is not negative", *value_);
}

double JsonCursor::number() const {
  if (!value_->is_number()) fail_kind(*this, "a number", *value_);
  return value_->to_number<double>();
}

std::string_view JsonCursor::string_or(std::string_view key, std::string_view absent) const {
  const std::optional<JsonCursor> member = find(key);
  return member ? member->string() : absent;
}

bool JsonCursor::boolean_or(std::string_view key, bool absent) const {
  const std::optional<JsonCursor> member = find(key);
  return member ? member->boolean() : absent;
}

}  // namespace lmos::tokenizer
