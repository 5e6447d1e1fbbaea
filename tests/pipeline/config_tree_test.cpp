#include "pipeline/config_tree.h"

#include <gtest/gtest.h>

#include "errors/error.h"
#include "pipeline/json_writer.h"
#include "pipeline/quoted_text.h"
#include "pipeline/yaml_reader.h"
#include "pipeline/yaml_scalar.h"
#include "pipeline/yaml_writer.h"

namespace lmos {
namespace {

ConfigTree parse(const std::string& text) { return parse_yaml(text, Place::in("f")); }

TEST(ConfigTree, IsEqualByValueNotByPlace) {
  EXPECT_EQ(parse("{a: [1, 2.0], b: {c: x}}"), parse("a:\n- 1\n- 2.0\nb:\n  c: 'x'\n"));
  EXPECT_FALSE(parse("{a: 1}") == parse("{a: 1.0}"));
  EXPECT_FALSE(parse("{a: 1, b: 2}") == parse("{b: 2, a: 1}"));
  EXPECT_EQ(parse(".nan"), parse(".NaN"));
}

TEST(ConfigTree, NamesThePlaceOfAWrongKind) {
  const ConfigTree tree = parse("{a: hello}");
  try {
    tree.find("a")->as_int();
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "f:1:5: expected an integer, found string 'hello'");
  }
}

TEST(ConfigTree, FindsByPath) {
  const ConfigTree tree = parse("{a: {b: [10, {c: 20}]}}");
  EXPECT_EQ(tree.find_path("a.b.1.c")->as_int(), 20);
  EXPECT_EQ(tree.find_path("a.b.0")->as_int(), 10);
  for (const char* absent : {"a.b.2", "a.b.-1", "a.b.x", "a.c", "z", "", "a.b.0.q", "a..b"}) {
    EXPECT_EQ(tree.find_path(absent), nullptr) << absent;
  }
}

TEST(ConfigTree, ChangedCopiesLeaveTheOriginalAlone) {
  const ConfigTree tree = parse("{a: 1, b: 2}");
  EXPECT_EQ(tree.with("a", ConfigTree::integer(5)), parse("{a: 5, b: 2}"));
  EXPECT_EQ(tree.with("c", ConfigTree::boolean(true)), parse("{a: 1, b: 2, c: true}"));
  EXPECT_EQ(tree.without("a"), parse("{b: 2}"));
  EXPECT_EQ(tree, parse("{a: 1, b: 2}"));
}

TEST(ConfigTree, RefusesRepeatedKeysFromPrograms) {
  EXPECT_THROW(ConfigTree::section({{"a", ConfigTree(), {}}, {"a", ConfigTree(), {}}}), Error);
}

TEST(YamlWriter, WritesWhatReadsBackEqual) {
  const ConfigTree tree = parse(R"({
    plain: runs/demo-1.2, empty: "", number_like: "12", bool_like: "true", null_like: "~",
    dash: "- a", colon: "a: b", hash: "a #b", quotes: "\"x\" 'y' \\", lines: "a\nb\r\n\tc",
    control: "\x01\x7F\u0085\u2028", tail: "a ", lead: " a", unicode: "ä€😀", date: 2024-01-01,
    "odd key: #": 1, "": 2, "12": 3,
    ints: [0, -1, 9223372036854775807], floats: [1.0, 1.0e-300, 0.1, 1e22, -0.0, .inf, -.inf],
    nested: [[1, [2, {a: []}]], {}, {b: {c: {}}}], nothing: null, flag: false })");
  const std::string written = write_yaml(tree);
  EXPECT_EQ(parse(written), tree) << written;
  EXPECT_EQ(write_yaml(parse(written)), written);
}

TEST(YamlWriter, IsReadable) {
  EXPECT_EQ(write_yaml(parse("{a: {b: 1, c: [1, 2], d: x}, e: [{f: 1}], g: {}}")),
            "a:\n  b: 1\n  c: [1, 2]\n  d: x\ne:\n  -\n    f: 1\ng: {}\n");
}

TEST(FormatDouble, ReadsBackAsTheSameDouble) {
  EXPECT_EQ(format_double(1), "1.0");
  EXPECT_EQ(format_double(1e-5), "1.0e-05");
  EXPECT_EQ(format_double(1.5e-7), "1.5e-07");
  for (const double value : {0.1, 1.0 / 3, 1e300, 5e-324, -2.5, 123456789.125}) {
    EXPECT_EQ(parse(format_double(value)).as_double(), value);
    EXPECT_EQ(parse(format_double(value)).kind(), ConfigKind::kFloat);
  }
}

TEST(JsonWriter, EscapesAndIndents) {
  EXPECT_EQ(write_json(parse("{a: [1, x\ty], b: {}, c: \"\\\"\\\\\\n\\x01\", d: null, e: 1.0}")),
            "{\n  \"a\": [\n    1,\n    \"x\\ty\"\n  ],\n  \"b\": {},\n  \"c\": "
            "\"\\\"\\\\\\n\\u0001\",\n  \"d\": null,\n  \"e\": 1.0\n}\n");
  EXPECT_THROW(write_json(parse(".inf")), Error);
}

TEST(QuotedText, CutsBetweenCharactersAndEscapes) {
  EXPECT_EQ(in_quotes("a\nb"), "'a\\x0ab'");
  const std::string euros = "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac";
  EXPECT_EQ(in_quotes("x" + euros + euros), "'x" + euros + euros.substr(0, 27) + "...'");
}

}  // namespace
}  // namespace lmos
