#include "llmasos/field.hpp"

#include <gtest/gtest.h>

#include "pipeline/plugin_schema.h"
#include "pipeline/validate.h"
#include "pipeline/yaml_reader.h"

namespace lmos::sdk {
namespace {

constexpr lmos_string kChoices[] = {borrow("red"), borrow("blue")};
constexpr lmos_field kInner[] = {Field::number("rate", "A rate.").otherwise("0.5").maximum(1)};
constexpr lmos_field kFields[] = {
    Field::integer("count", "How many.").required().minimum(1),
    Field::string("colour", "Which.").otherwise("red").choices(kChoices),
    Field::list("names", "Some.", LMOS_FIELD_STRING),
    Field::boolean("loud", "Whether.").otherwise("false"),
    Field::section("inner", "More.", kInner),
    Field::any("free", "Anything."),
};

ConfigTree resolve(const std::string& yaml) {
  return validate(parse_yaml(yaml, Place::in("x")),
                  fields_from_plugin(kFields, std::size(kFields), "test"), {});
}

TEST(Field, TableIsTheSchemaThatTheHostChecksAgainst) {
  EXPECT_EQ(resolve("{count: 2, names: [a]}"),
            resolve("{count: 2, colour: red, names: [a], loud: false}"));
  EXPECT_EQ(resolve("{count: 2, inner: {}}").find_path("inner.rate")->as_double(), 0.5);
  EXPECT_NO_THROW(resolve("{count: 1, free: {any: [thing]}}"));
  EXPECT_ANY_THROW(resolve("{}")) << "required";
  EXPECT_ANY_THROW(resolve("{count: 0}")) << "minimum";
  EXPECT_ANY_THROW(resolve("{count: 1, colour: green}")) << "choices";
  EXPECT_ANY_THROW(resolve("{count: 1, names: [[a]]}")) << "element";
  EXPECT_ANY_THROW(resolve("{count: 1, inner: {rate: 2}}")) << "maximum";
}

}  // namespace
}  // namespace lmos::sdk
