#include "components/record.h"

#include <charconv>

#include "errors/error.h"

namespace lmos::components {
namespace {

std::string quoted(std::string_view field) { return "`" + std::string(field) + "`"; }

template <class Number>
bool parse(const std::string& text, Number& value) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end;
}

std::string shortest(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

}  // namespace

const ConfigTree* Record::find(std::string_view field) const {
  const ConfigTree* value = fields_.find(field);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void Record::fail(const std::string& message) const {
  throw Error(ErrorKind::kInput, place_ + ": " + message);
}

const ConfigTree& Record::at(std::string_view field) const {
  if (const ConfigTree* value = find(field)) return *value;
  std::string names;
  for (const ConfigMember& member : fields_.members())
    names += (names.empty() ? "" : ", ") + member.key;
  fail("there is no field " + quoted(field) + " (the record has: " + names + ")");
}

std::string Record::text(std::string_view field) const {
  const ConfigTree& value = at(field);
  switch (value.kind()) {
    case ConfigKind::kString:
      return value.as_string();
    case ConfigKind::kInt:
      return std::to_string(value.as_int());
    case ConfigKind::kFloat:
      return shortest(value.as_double());
    case ConfigKind::kBool:
      return value.as_bool() ? "true" : "false";
    default:
      fail("the field " + quoted(field) + " is " + describe(value) + ", not text");
  }
}

int64_t Record::integer(std::string_view field) const {
  const ConfigTree& value = at(field);
  if (value.kind() == ConfigKind::kInt) return value.as_int();
  int64_t number = 0;
  if (value.kind() == ConfigKind::kString && parse(value.as_string(), number)) return number;
  fail("the field " + quoted(field) + " is " + describe(value) + ", not an integer");
}

double Record::number(std::string_view field) const {
  const ConfigTree& value = at(field);
  if (value.kind() == ConfigKind::kInt || value.kind() == ConfigKind::kFloat)
    return value.as_double();
  double number = 0;
  if (value.kind() == ConfigKind::kString && parse(value.as_string(), number)) return number;
  fail("the field " + quoted(field) + " is " + describe(value) + ", not a number");
}

}  // namespace lmos::components
