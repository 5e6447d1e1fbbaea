#include "json_line.h"

#include <boost/json.hpp>

#include "llmasos/error.hpp"

namespace lmos::text {

namespace json = boost::json;

std::string read_json_line(std::string_view line, const std::string& field,
                           const std::string& where) {
  json::error_code error;
  const json::value value = json::parse(json::string_view(line.data(), line.size()), error);
  if (error) throw sdk::invalid(where + ": this line is no JSON: " + error.message());
  const json::object* object = value.if_object();
  if (object == nullptr) throw sdk::invalid(where + ": this line is no JSON object");
  const json::value* member = object->if_contains(field);
  if (member == nullptr)
    throw sdk::invalid(where + ": the object has no member `" + field +
                       "`; set `json_field` to the one that holds text");
  const json::string* text = member->if_string();
  if (text == nullptr) throw sdk::invalid(where + ": the member `" + field + "` is no string");
  return std::string(text->begin(), text->end());
}

}  // namespace lmos::text
