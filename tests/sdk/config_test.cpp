#include "llmasos/config.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "components/config_writer.h"
#include "pipeline/config_tree.h"
#include "pipeline/yaml_reader.h"
#include "sdk/sdk_host.h"

namespace lmos::sdk {
namespace {

class ConfigView : public testing::Test {
 protected:
  void SetUp() override { use_test_host(); }

  Config parse(const std::string& yaml) {
    tree_ = parse_yaml(yaml, Place::in("file.yaml"));
    return Config(config_node(tree_));
  }
  std::string error(const std::function<void()>& call) {
    const lmos_status status = guarded(call);
    EXPECT_EQ(status, LMOS_INVALID);
    return runtime::take_plugin_error();
  }

 private:
  ConfigTree tree_;
};

TEST_F(ConfigView, ReadsEveryKind) {
  const Config root = parse("{b: true, i: -7, f: 2.5, s: text, l: [1, 2], m: {x: 1}, n: null}");
  EXPECT_TRUE(root.require("b").as_bool());
  EXPECT_EQ(root.require("i").as_int(), -7);
  EXPECT_EQ(root.require("i").as_float(), -7.0);
  EXPECT_EQ(root.require("f").as_float(), 2.5);
  EXPECT_EQ(root.require("s").as_string(), "text");
  const auto list = root.require("l").elements();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1].as_int(), 2);
  EXPECT_TRUE(root.require("m").is_map());
  EXPECT_EQ(root.keys(), (std::vector<std::string_view>{"b", "i", "f", "s", "l", "m", "n"}));
}

TEST_F(ConfigView, TakesNullAndAbsentForNone) {
  const Config root = parse("{n: null}");
  EXPECT_FALSE(root.find("n"));
  EXPECT_FALSE(root.find("absent"));
  EXPECT_FALSE(root.find("absent").find("deeper"));
  EXPECT_EQ(root.int_or("n", 4), 4);
  EXPECT_EQ(root.string_or("absent", "x"), "x");
  EXPECT_TRUE(root.find("absent").elements().empty());
}

TEST_F(ConfigView, NamesThePlaceOfWhatDoesNotFit) {
  const Config root = parse("a: 1\nb: {c: text}\n");
  const std::string kind = error([&] { root.require("b").require("c").as_int(); });
  EXPECT_NE(kind.find("file.yaml:2:"), std::string::npos) << kind;
  const std::string missing = error([&] { root.require("d"); });
  EXPECT_NE(missing.find("file.yaml"), std::string::npos) << missing;
  EXPECT_NE(missing.find("`d` is missing"), std::string::npos) << missing;
}

TEST(ConfigWriterTest, WritesNestedMembers) {
  components::ConfigTreeWriter tree;
  ConfigWriter writer(tree.writer());
  writer.put_string("name", "x");
  writer.begin_list("sizes");
  writer.put_int("", 1);
  writer.put_float("", 0.5);
  writer.end();
  writer.begin_map("inner");
  writer.put_bool("yes", true);
  writer.put_null("none");
  writer.end();
  EXPECT_EQ(tree.take(), parse_yaml("{name: x, sizes: [1, 0.5], inner: {yes: true, none: null}}",
                                    Place::in("expected")));
}

}  // namespace
}  // namespace lmos::sdk
