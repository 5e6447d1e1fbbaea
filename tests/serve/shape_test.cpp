// One declaration checks a value and describes it.
#include "serve/shape.h"

#include <gtest/gtest.h>

#include "formats/json_text.h"
#include "serve/api_error.h"

namespace lmos::serve {
namespace {

const Shape kShape =
    Shape::object({{"count", Shape::integer(1, 4), "How many.", true},
                   {"share", Shape::number(0, 1, true)},
                   {"name", Shape::text(1, 3)},
                   {"kind", Shape::choice({"a", "b"})},
                   {"on", Shape::boolean()},
                   {"sizes", Shape::map(Shape::integer(0, 9), 2)},
                   {"input", Shape::any_of({Shape::text(), Shape::list(Shape::integer(0, 9), 1, 2),
                                            Shape::list(Shape::text())})},
                   {"part", Shape::any_of({Shape::object({{"type", Shape::choice({"x"}), "", true},
                                                          {"x", Shape::boolean(), "", true}}),
                                           Shape::object({{"type", Shape::choice({"y"}), "", true},
                                                          {"y", Shape::text(), "", true}})})}});

// Of what is refused; "-": nothing is.
std::string fault_of(const std::string& fields) {
  try {
    kShape.check(parse_json("{" + fields + "}", "test"));
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status, 400);
    return error.parameter;
  }
  return "-";
}

TEST(Shapes, NameTheFieldAtFault) {
  const std::pair<const char*, const char*> table[] = {
      {R"("count":1)", "-"},
      {R"("count":4,"share":null,"name":"äöü","on":false,"kind":"b")", "-"},
      {R"("name":"x")", "count"},
      {R"("count":null)", "count"},
      {R"("count":5)", "count"},
      {R"("count":1.5)", "count"},
      {R"("count":"1")", "count"},
      {R"("count":true)", "count"},
      {R"("count":1,"share":0)", "share"},
      {R"("count":1,"share":1)", "-"},
      {R"("count":1,"share":[])", "share"},
      {R"("count":1,"name":"")", "name"},
      {R"("count":1,"name":"abcd")", "name"},
      {R"("count":1,"kind":"c")", "kind"},
      {R"("count":1,"on":0)", "on"},
      {R"("count":1,"sizes":{"a":1,"b":10})", "sizes.b"},
      {R"("count":1,"sizes":{"a":1,"b":1,"c":1})", "sizes"},
      {R"("count":1,"input":"text")", "-"},
      {R"("count":1,"input":[1,2])", "-"},
      {R"("count":1,"input":["a","b","c"])", "-"},
      {R"("count":1,"input":[1,"b"])", "input.1"},
      {R"("count":1,"input":["a",1])", "input.1"},
      {R"("count":1,"input":[1,2,3])", "input"},
      {R"("count":1,"input":{})", "input"},
      {R"("count":1,"part":{"type":"x","x":true})", "-"},
      {R"("count":1,"part":{"type":"y","y":true})", "part.y"},
      {R"("count":1,"part":{"type":"z"})", "part.type"},
      {R"("count":1,"nmae":"x")", "nmae"}};
  for (const auto& [fields, fault] : table) EXPECT_EQ(fault_of(fields), fault) << fields;
  EXPECT_THROW(kShape.check(parse_json("[]", "test")), ApiError);
}

TEST(Shapes, AreDescribedAsJsonSchema) {
  EXPECT_EQ(compact_json(Shape::object({{"a", Shape::integer(1, 2), "Text.", true},
                                        {"b", Shape::list(Shape::text(1, 5))}})
                             .schema()),
            R"({"type":"object","properties":{"a":{"type":"integer","minimum":1,"maximum":2,)"
            R"("description":"Text."},"b":{"type":["array","null"],"items":{"type":"string",)"
            R"("minLength":1,"maxLength":5}}},"required":["a"],"additionalProperties":false})");
}

}  // namespace
}  // namespace lmos::serve
