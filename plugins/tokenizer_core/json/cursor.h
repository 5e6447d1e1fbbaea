// A place in a JSON document, with its path, so that every complaint names where it is.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lmos::tokenizer {

// Borrows the document. Functions throw TokenizerError, with the path, where the document does not
// fit.
class JsonCursor {
 public:
  // `file`: its name, for messages; outlives the cursor.
  JsonCursor(const boost::json::value& value, std::string path,
             std::string_view file = "tokenizer.json")
      : value_(&value), path_(std::move(path)), file_(file) {}

  // The member `key` of this object.
  JsonCursor at(std::string_view key) const;
  // The same, absent where the member is missing or null.
  std::optional<JsonCursor> find(std::string_view key) const;

  // Of an array.
  size_t size() const;
  JsonCursor operator[](size_t index) const;

  bool is_string() const;
  std::string_view string() const;
  // A string of one character.
  std::string_view character() const;
  bool boolean() const;
  uint64_t unsigned_integer() const;
  double number() const;

  // Members with a default for missing or null.
  std::string_view string_or(std::string_view key, std::string_view absent) const;
  bool boolean_or(std::string_view key, bool absent) const;

  const boost::json::object& object() const;
  const boost::json::array& array() const;

  const std::string& path() const { return path_; }
  std::string_view file() const { return file_; }
  [[noreturn]] void fail(std::string_view message) const;

 private:
  std::string member_path(std::string_view key) const;

  const boost::json::value* value_;
  std::string path_;
  std::string_view file_;
};

}  // namespace lmos::tokenizer
