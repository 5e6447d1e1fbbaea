#include "plugin_library/record_text.h"

#include <gtest/gtest.h>

namespace lmos::registry {
namespace {

PluginRecord sample() {
  PluginRecord record;
  record.path = "/a folder/new\nline\\n.so";
  record.name = "sample";
  record.version = "1";
  record.abi_min = 1;
  record.abi_max = 4294967295u;
  record.interfaces = {"a/1", "b/2"};
  record.state = PluginState::kRefused;
  record.reason = "first\nsecond \\ third";
  return record;
}

TEST(RecordText, ReadsBackWhatItWrote) {
  const std::string bytes = write_record(sample()) + write_record(PluginRecord());
  std::string_view text = bytes;
  const auto record = take_record(text);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(write_record(*record), write_record(sample()));
  EXPECT_EQ(record->path, sample().path);
  EXPECT_EQ(record->reason, sample().reason);
  EXPECT_EQ(record->state, PluginState::kRefused);
  EXPECT_TRUE(take_record(text).has_value());
  EXPECT_TRUE(text.empty());
}

TEST(RecordText, RefusesEveryTruncation) {
  const std::string bytes = write_record(sample());
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::string_view text = std::string_view(bytes).substr(0, size);
    EXPECT_FALSE(take_record(text).has_value()) << size;
  }
}

TEST(RecordText, RefusesUnknownMembersAndNumbersThatAreNone) {
  for (const char* bytes : {"plugin\ncolour red\nend\n", "plugin\nabi_min x\nend\n",
                            "plugin\nabi_min 4294967296\nend\n", "plugin\nname\nend\n"}) {
    std::string_view text = bytes;
    EXPECT_FALSE(take_record(text).has_value()) << bytes;
  }
}

}  // namespace
}  // namespace lmos::registry
