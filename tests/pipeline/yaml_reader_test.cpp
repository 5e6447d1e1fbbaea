#include "pipeline/yaml_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "errors/error.h"

namespace lmos {
namespace {

ConfigTree parse(const std::string& text) { return parse_yaml(text, Place::in("f")); }

std::string error_of(const std::string& text) {
  try {
    parse(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfiguration);
    return error.what();
  }
  return "accepted";
}

TEST(YamlScalars, FollowTheCoreSchema) {
  const ConfigTree tree = parse(
      "{a: 1, b: -2, c: +3, d: 0x1F, e: 0o17, f: 1.0e-3, g: 1e5, h: .5, i: 2., j: true, k: False,\n"
      " l: null, m: ~, n: yes, o: 'true', p: \"12\", q: 1.2.3, r: 0b1, s: 1_000, t: -, u: 0x, v: "
      "007,\n"
      " w: -.inf, x: 4096, y: 9223372036854775807, z: -9223372036854775808}");
  EXPECT_EQ(tree.find("a")->as_int(), 1);
  EXPECT_EQ(tree.find("b")->as_int(), -2);
  EXPECT_EQ(tree.find("c")->as_int(), 3);
  EXPECT_EQ(tree.find("d")->as_int(), 31);
  EXPECT_EQ(tree.find("e")->as_int(), 15);
  EXPECT_EQ(tree.find("f")->as_double(), 1e-3);
  EXPECT_EQ(tree.find("f")->kind(), ConfigKind::kFloat);
  EXPECT_EQ(tree.find("g")->as_double(), 1e5);
  EXPECT_EQ(tree.find("h")->as_double(), 0.5);
  EXPECT_EQ(tree.find("i")->as_double(), 2.0);
  EXPECT_TRUE(tree.find("j")->as_bool());
  EXPECT_FALSE(tree.find("k")->as_bool());
  EXPECT_TRUE(tree.find("l")->is_null());
  EXPECT_TRUE(tree.find("m")->is_null());
  for (const char* text : {"n", "o", "p", "q", "r", "s", "t", "u"}) {
    EXPECT_EQ(tree.find(text)->kind(), ConfigKind::kString) << text;
  }
  EXPECT_EQ(tree.find("v")->as_int(), 7);
  EXPECT_EQ(tree.find("w")->as_double(), -INFINITY);
  EXPECT_EQ(tree.find("x")->as_int(), 4096);
  EXPECT_EQ(tree.find("y")->as_int(), INT64_MAX);
  EXPECT_EQ(tree.find("z")->as_int(), INT64_MIN);
}

TEST(YamlScalars, ObeyCoreTags) {
  const ConfigTree tree =
      parse("{a: !!str 12, b: !!float 3, c: !!int 4, d: !!map {}, e: !!seq []}");
  EXPECT_EQ(tree.find("a")->as_string(), "12");
  EXPECT_EQ(tree.find("b")->kind(), ConfigKind::kFloat);
  EXPECT_EQ(tree.find("c")->as_int(), 4);
  EXPECT_EQ(error_of("a: !!int x"), "f:1:4: 'x' does not fit the tag 'tag:yaml.org,2002:int'");
  EXPECT_EQ(error_of("a: !python/object x"), "f:1:4: unknown tag '!python/object'");
  EXPECT_EQ(error_of("a: !!set {x}"), "f:1:4: unknown tag 'tag:yaml.org,2002:set'");
}

TEST(YamlScalars, RefuseIntegersBeyond64Bits) {
  EXPECT_EQ(
      error_of("a: 9223372036854775808"),
      "f:1:4: the integer '9223372036854775808' does not fit in 64 bits; put it in quotes if it "
      "is meant as text");
}

TEST(YamlScalars, DecodeEscapesToUtf8) {
  const std::string escapes = R"({"k\N": "\u00e4\_b\N\xE9\L\P\U0001F600\0"})";
  const ConfigTree tree = parse(escapes);
  ASSERT_EQ(tree.members().size(), 1u);
  EXPECT_EQ(tree.members()[0].key, "k\u0085");
  using namespace std::string_literals;
  EXPECT_EQ(tree.members()[0].value.as_string(),
            "\u00e4\u00a0b\u0085\u00e9\u2028\u2029\U0001F600\0"s);
}

TEST(YamlTree, KnowsThePlaceOfEveryValueAndKey) {
  const ConfigTree tree = parse("a: 1\nbb:\n  - x\n  - {c: 2}\n");
  EXPECT_EQ(tree.find("a")->place().text(), "f:1:4");
  EXPECT_EQ(tree.members()[1].place.text(), "f:2:1");
  EXPECT_EQ(tree.find_path("bb.0")->place().text(), "f:3:5");
  EXPECT_EQ(tree.find_path("bb.1.c")->place().text(), "f:4:9");
}

TEST(YamlTree, CountsColumnsInCharacters) {
  EXPECT_EQ(parse("{\u00e4\u20ac\U0001F600: 1, b: 2}").find("b")->place().text(), "f:1:13");
  EXPECT_EQ(parse("\xEF\xBB\xBF"
                  "a: 1")
                .find("a")
                ->place()
                .text(),
            "f:1:4");
}

TEST(YamlTree, KeepsTheOrderOfTheFile) {
  const ConfigTree tree = parse("z: 1\na: 2\nm: 3\n");
  EXPECT_EQ(tree.members()[0].key, "z");
  EXPECT_EQ(tree.members()[2].key, "m");
}

TEST(YamlTree, OfAnEmptyDocumentIsNull) {
  EXPECT_TRUE(parse("").is_null());
  EXPECT_TRUE(parse("# only a comment\n").is_null());
}

TEST(YamlReader, RefusesDuplicateKeys) {
  EXPECT_EQ(error_of("a: 1\nb: 2\na: 3\n"), "f:3:1: the key 'a' is here twice, first at line 1");
  EXPECT_EQ(error_of("x: {a: 1, 'a': 2}\n"), "f:1:11: the key 'a' is here twice, first at line 1");
}

TEST(YamlReader, RefusesKeysThatAreNoWords) {
  EXPECT_EQ(error_of("? [a, b]\n: 1\n"),
            "f:1:3: a list or section stands where a key is expected; is a bracket left open?");
  EXPECT_EQ(error_of("{~: 1}"), "f:1:2: a key is missing before this");
}

TEST(YamlReader, RefusesLongKeys) {
  EXPECT_EQ(error_of("? " + std::string(128, 'k') + "\n: 1\n"), "accepted");
  EXPECT_EQ(error_of("? " + std::string(129, 'k') + "\n: 1\n"),
            "f:1:3: the key '" + std::string(60, 'k') + "...' is too long");
}

TEST(YamlReader, RefusesASecondDocument) {
  EXPECT_EQ(error_of("a: 1\n---\nb: 2\n"),
            "f:2:1: a second YAML document begins here; one file holds one document");
}

TEST(YamlReader, SharesAliases) {
  const ConfigTree tree = parse("a: &x {b: 1}\nc: *x\n");
  EXPECT_EQ(*tree.find("a"), *tree.find("c"));
  EXPECT_EQ(error_of("a: &x [*x]\n"), "f:1:8: this alias stands inside its own anchor");
  EXPECT_TRUE(error_of("a: *nobody\n").starts_with("f:1:4: malformed YAML: the referenced anchor"));
}

TEST(YamlReader, RefusesABombOfAliases) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_EQ(
      error_of(bomb),
      "f:5:45: more than 100000 values or 4194304 bytes of text, aliases expanded; this is no "
      "configuration");
}

TEST(YamlReader, RefusesABombOfLongStrings) {
  std::string bomb = "a: &a " + std::string(500'000, 'x') + "\nb: [*a";
  for (int i = 0; i < 1000; ++i) bomb += ", *a";
  EXPECT_EQ(
      error_of(bomb + "]\n"),
      "f:2:33: more than 100000 values or 4194304 bytes of text, aliases expanded; this is no "
      "configuration");
}

TEST(YamlReader, RefusesDeepNesting) {
  EXPECT_EQ(error_of(std::string(64, '[') + std::string(64, ']')), "accepted");
  EXPECT_EQ(error_of(std::string(65, '[') + std::string(65, ']')),
            "f:1:65: nested more than 64 levels deep");
  EXPECT_NE(error_of(std::string(1'000'000, '[')), "accepted");
  std::string blocks;
  for (int i = 0; i < 70; ++i) blocks += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(error_of(blocks), "f:65:65: nested more than 64 levels deep");
}

TEST(YamlReader, ExplainsTabs) {
  EXPECT_EQ(error_of("train:\n\tsteps: 5\n"),
            "f:2:1: a tab cannot indent YAML; use spaces (illegal map value)");
  EXPECT_EQ(error_of("a: {b: 1,\n\tc: 2}\n"), "accepted");
}

TEST(YamlReader, RefusesWhatIsNoText) {
  EXPECT_EQ(error_of("a: 1\nb: \xFF\n"), "f:2:4: not UTF-8 text; save the file in UTF-8");
  EXPECT_EQ(error_of("a: \xC0\x80"), "f:1:4: not UTF-8 text; save the file in UTF-8");
  EXPECT_EQ(error_of("a: \xED\xA0\x80"), "f:1:4: not UTF-8 text; save the file in UTF-8");
  EXPECT_EQ(error_of("a: \xE2\x82"), "f:1:4: not UTF-8 text; save the file in UTF-8");
  EXPECT_EQ(error_of(std::string("a: \0b", 5)),
            "f:1:4: control character '\\x00'; is this a text file?");
  EXPECT_EQ(error_of("a: \x04"), "f:1:4: control character '\\x04'; is this a text file?");
}

TEST(YamlReader, PlacesSyntaxErrors) {
  EXPECT_EQ(error_of("a: 1\nb: [1, 2\nc: 3\n"),
            "f:3:2: malformed YAML: end of sequence flow not found");
  EXPECT_EQ(error_of("a: 'open\n"),
            "f:2:1: the text ends inside a value; is a quote or bracket left open?");
  EXPECT_EQ(error_of("a: b: c\n"), "f:1:5: malformed YAML: illegal map value");
}

TEST(YamlFile, NamesThePathInErrors) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "llmasos_yaml_file";
  std::filesystem::create_directories(folder);
  const auto fails_with = [](const std::filesystem::path& path) -> std::string {
    try {
      read_yaml_file(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(fails_with(folder / "absent.yaml"), "cannot open " + (folder / "absent.yaml").string() +
                                                    "; is the path right, and readable?");
  EXPECT_EQ(fails_with(folder), folder.string() + " is a folder, not a YAML file");
  const auto large = folder / "large.yaml";
  std::ofstream(large) << std::string((1 << 20) + 1, '#');
  EXPECT_EQ(fails_with(large), large.string() + ": too long for a configuration (at most 1 MiB)");
  std::ofstream(large) << std::string(1 << 20, '#');
  EXPECT_EQ(fails_with(large), "accepted");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace lmos
