#include "pipeline/override.h"

#include <gtest/gtest.h>

#include "errors/error.h"
#include "pipeline/yaml_reader.h"

namespace lmos {
namespace {

ConfigTree parse(const std::string& text) { return parse_yaml(text, Place::in("f")); }

std::string error_of(const std::string& assignment, ErrorKind kind) {
  try {
    apply_override(parse("{a: {b: 1}, list: [1, 2]}"), assignment);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << assignment;
    return error.what();
  }
  return "accepted";
}

TEST(Override, ReplacesValuesOfAnyType) {
  const ConfigTree tree = parse("{a: {b: 1, c: 2}, list: [1, {x: 2}]}");
  EXPECT_EQ(apply_override(tree, "a.b=1.5"), parse("{a: {b: 1.5, c: 2}, list: [1, {x: 2}]}"));
  EXPECT_EQ(apply_override(tree, "a.b=x=y"), parse("{a: {b: x=y, c: 2}, list: [1, {x: 2}]}"));
  EXPECT_EQ(apply_override(tree, "a={d: [true]}"), parse("{a: {d: [true]}, list: [1, {x: 2}]}"));
  EXPECT_EQ(apply_override(tree, "list.1.x=9"), parse("{a: {b: 1, c: 2}, list: [1, {x: 9}]}"));
  EXPECT_EQ(apply_override(tree, "a.b="), parse("{a: {b: null, c: 2}, list: [1, {x: 2}]}"));
}

TEST(Override, AddsTheSectionsOnTheWay) {
  EXPECT_EQ(apply_override(parse("{a: }"), "a.b.c=1"), parse("{a: {b: {c: 1}}}"));
  EXPECT_EQ(apply_override(ConfigTree(), "x.y=1"), parse("{x: {y: 1}}"));
}

TEST(Override, IsPlacedAtSetAndLeavesOtherPlacesAlone) {
  const ConfigTree tree = apply_override(parse("{a: {b: 1, c: 2}}"), "a.b={d: 5}");
  EXPECT_EQ(tree.find_path("a.b.d")->place().text(), "--set");
  EXPECT_EQ(tree.find_path("a.c")->place().text(), "f:1:15");
  EXPECT_EQ(tree.members()[0].place.text(), "f:1:2");
}

TEST(Override, RefusesWhatIsNoAssignment) {
  EXPECT_EQ(error_of("train.steps", ErrorKind::kUsage),
            "--set takes key.path=value, such as --set train.steps=100; found 'train.steps'");
  EXPECT_EQ(error_of("=3", ErrorKind::kUsage),
            "--set takes key.path=value, such as --set train.steps=100; found '=3'");
  EXPECT_EQ(error_of("a..b=3", ErrorKind::kUsage), "--set: the path 'a..b' has an empty part");
  EXPECT_EQ(error_of("a.=3", ErrorKind::kUsage), "--set: the path 'a.' has an empty part");
}

TEST(Override, RefusesPathsThatLeadNowhere) {
  EXPECT_EQ(error_of("a.b.c=3", ErrorKind::kConfiguration),
            "--set: a.b.c: 'c' cannot be set inside integer 1");
  EXPECT_EQ(error_of("list.2=3", ErrorKind::kConfiguration),
            "--set: list.2: '2' is no index into a list of 2; indices count from 0");
  EXPECT_EQ(error_of("list.x=3", ErrorKind::kConfiguration),
            "--set: list.x: 'x' is no index into a list of 2; indices count from 0");
  EXPECT_EQ(
      error_of("absent.0=3", ErrorKind::kConfiguration),
      "--set: absent.0: '0' would index a list that the file does not have; set the whole list");
  EXPECT_EQ(
      error_of("a.b=[1", ErrorKind::kConfiguration),
      "--set value:1:1: a list or section stands where a key is expected; is a bracket left open?");
}

}  // namespace
}  // namespace lmos
