#include "dataset_files/utf8.h"

#include <gtest/gtest.h>

namespace lmos::files {
namespace {

TEST(Utf8, AcceptsTheFirstAndLastCharacterOfEachLength) {
  for (const char* text : {"", "a\x7F", "\xC2\x80\xDF\xBF", "\xE0\xA0\x80\xED\x9F\xBF",
                           "\xEE\x80\x80\xEF\xBF\xBF", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(find_invalid_utf8(text), std::nullopt) << text;
}

TEST(Utf8, FindsTheFirstByteOfWhatIsBroken) {
  const std::pair<const char*, size_t> broken[] = {
      {"a\x80", 1},             // continuation without a lead
      {"ab\xC0\xAF", 2},        // overlong
      {"\xE0\x9F\xBF", 0},      // overlong
      {"\xED\xA0\x80", 0},      // surrogate
      {"\xF4\x90\x80\x80", 0},  // above U+10FFFF
      {"\xC3\xA9\xC3", 2},      // cut off
      {"x\xE2\x82", 1},         // cut off
      {"\xF0\x9F\x98z", 0},     // cut off by another character
      {"\xFF\xFE\x61", 0},      // UTF-16
  };
  for (const auto& [text, offset] : broken) EXPECT_EQ(find_invalid_utf8(text), offset) << text;
}

// The Unicode Standard 15, table 3-8 and 3-11.
TEST(Utf8, ReplacesEachMaximalPartOnce) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(replace_invalid_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
            r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(replace_invalid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), r + r + r + r + "A");
  EXPECT_EQ(replace_invalid_utf8("caf\xC3\xA9\xE9!"), "caf\xC3\xA9" + r + "!");
}

}  // namespace
}  // namespace lmos::files
