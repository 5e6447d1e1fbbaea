// Reads the JSON object of a request's body, every type and range checked.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.h"

namespace lmos::serve {

// Refers to the object, which outlives it. A key that is absent or null gives none; every failure
// is an ApiError (400) that names the key. After the last read, finish() refuses keys that nobody
// asked for, so that a misspelt one is not ignored.
class RequestFields {
 public:
  // ApiError unless `body` is an object.
  explicit RequestFields(const Json& body);

  // Null if absent or null.
  const Json* any(std::string_view key);
  std::optional<bool> flag(std::string_view key);
  std::optional<int64_t> integer(std::string_view key, int64_t minimum, int64_t maximum);
  // Both ends belong to the range unless `above_minimum`.
  std::optional<double> number(std::string_view key, double minimum, double maximum,
                               bool above_minimum = false);
  std::optional<std::string> text(std::string_view key);
  std::string required_text(std::string_view key);
  // Known keys without any effect here.
  void ignore(std::initializer_list<std::string_view> keys);
  void finish() const;

 private:
  const Json& body_;
  std::set<std::string, std::less<>> known_;
};

// Parses the body of a request: Error in its JSON becomes an ApiError (400).
Json parse_body(std::string_view body);

// An element of an array or object under `parameter`; ApiError as above.
int64_t checked_integer(const Json& value, const std::string& parameter, int64_t minimum,
                        int64_t maximum);
double checked_number(const Json& value, const std::string& parameter, double minimum,
                      double maximum, bool above_minimum = false);
const std::string& checked_text(const Json& value, const std::string& parameter);
// A list of tokens: integers at least 0.
std::vector<int32_t> checked_ids(const Json& value, const std::string& parameter);

}  // namespace lmos::serve
