#include "serve/request_fields.h"

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/quote.h"
#include "pipeline/nearest_name.h"
#include "serve/api_error.h"

namespace lmos::serve {
namespace {

std::string range_text(const std::string& low, const std::string& high, bool above_minimum) {
  return above_minimum ? "above " + low + " and at most " + high : "from " + low + " to " + high;
}

[[noreturn]] void refuse(const std::string& parameter, const std::string& expected,
                         const Json& value) {
  throw invalid_request(parameter + ": expected " + expected + ", found " + value.excerpt(),
                        parameter);
}

std::string brief(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

}  // namespace

int64_t checked_integer(const Json& value, const std::string& parameter, int64_t minimum,
                        int64_t maximum) {
  const bool fits = value.is_int64() && value.as_int64(parameter) >= minimum &&
                    value.as_int64(parameter) <= maximum;
  if (!fits)
    refuse(parameter,
           "an integer " + range_text(std::to_string(minimum), std::to_string(maximum), false),
           value);
  return value.as_int64(parameter);
}

double checked_number(const Json& value, const std::string& parameter, double minimum,
                      double maximum, bool above_minimum) {
  const double number = value.is_number() ? value.as_double(parameter) : minimum;
  const bool fits = value.is_number() && number <= maximum &&
                    (above_minimum ? number > minimum : number >= minimum);
  if (!fits)
    refuse(parameter, "a number " + range_text(brief(minimum), brief(maximum), above_minimum),
           value);
  return number;
}

const std::string& checked_text(const Json& value, const std::string& parameter) {
  if (!value.is_string()) refuse(parameter, "a string", value);
  return value.as_string(parameter);
}

std::vector<int32_t> checked_ids(const Json& value, const std::string& parameter) {
  if (!value.is_array()) refuse(parameter, "a list of token ids", value);
  std::vector<int32_t> ids;
  for (const Json& item : value.as_array(parameter))
    ids.push_back(static_cast<int32_t>(
        checked_integer(item, parameter, 0, std::numeric_limits<int32_t>::max())));
  return ids;
}

Json parse_body(std::string_view body) {
  if (body.empty()) throw invalid_request("the request has no body; send a JSON object");
  try {
    return parse_json(body, "body");
  } catch (const Error& error) {
    throw invalid_request(error.what());
  }
}

RequestFields::RequestFields(const Json& body) : body_(body) {
  if (!body.is_object())
    throw invalid_request("the body must be a JSON object, not " + body.excerpt());
}

const Json* RequestFields::any(std::string_view key) {
  known_.emplace(key);
  const Json* value = body_.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<bool> RequestFields::flag(std::string_view key) {
  const Json* value = any(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) refuse(std::string(key), "true or false", *value);
  return value->as_bool(key);
}

std::optional<int64_t> RequestFields::integer(std::string_view key, int64_t minimum,
                                              int64_t maximum) {
  const Json* value = any(key);
  if (value == nullptr) return std::nullopt;
  return checked_integer(*value, std::string(key), minimum, maximum);
}

std::optional<double> RequestFields::number(std::string_view key, double minimum, double maximum,
                                            bool above_minimum) {
  const Json* value = any(key);
  if (value == nullptr) return std::nullopt;
  return checked_number(*value, std::string(key), minimum, maximum, above_minimum);
}

std::optional<std::string> RequestFields::text(std::string_view key) {
  const Json* value = any(key);
  if (value == nullptr) return std::nullopt;
  return checked_text(*value, std::string(key));
}

std::string RequestFields::required_text(std::string_view key) {
  auto value = text(key);
  if (!value)
    throw invalid_request("the field '" + std::string(key) + "' is missing", std::string(key));
  return *std::move(value);
}

void RequestFields::ignore(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) known_.emplace(key);
}

void RequestFields::finish() const {
  for (const JsonMember& member : body_.as_object("body")) {
    if (known_.contains(member.key)) continue;
    const std::string name = quote_text(member.key, 60);
    const auto nearest = nearest_name(member.key, {known_.begin(), known_.end()});
    throw invalid_request(
        "unknown field " + name + (nearest ? "; did you mean \"" + *nearest + "\"?" : ""),
        member.key.substr(0, 60));
  }
}

}  // namespace lmos::serve
