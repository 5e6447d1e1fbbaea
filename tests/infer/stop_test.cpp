#include "infer/stop.h"

#include <gtest/gtest.h>

#include "errors/error.h"
#include "random/philox.h"

namespace lmos::infer {
namespace {

struct Outcome {
  std::string text;
  bool stopped;
  bool operator==(const Outcome&) const = default;
};

Outcome run(const std::vector<std::string>& stops, const std::vector<std::string>& pieces) {
  StopMatcher matcher(stops);
  std::string text;
  for (const std::string& piece : pieces) text += matcher.push(piece);
  text += matcher.finish();
  return {text, matcher.stopped()};
}

std::vector<std::string> bytes_of(std::string_view text) {
  std::vector<std::string> pieces;
  for (char byte : text) pieces.emplace_back(1, byte);
  return pieces;
}

TEST(Stop, WithoutStopStringsTextPassesAtOnce) {
  StopMatcher matcher({});
  EXPECT_EQ(matcher.push("hello"), "hello");
  EXPECT_EQ(matcher.push(" world"), " world");
  EXPECT_EQ(matcher.finish(), "");
  EXPECT_FALSE(matcher.stopped());
}

TEST(Stop, EndsBeforeAStopStringThatSpansPieces) {
  EXPECT_EQ(run({"\n\nUser:"}, {"Yes.", "\n", "\nUs", "er: more"}), (Outcome{"Yes.", true}));
}

TEST(Stop, KeepsBackOnlyWhatMayBecomeAStopString) {
  StopMatcher matcher({"</s>"});
  EXPECT_EQ(matcher.push("a < b <"), "a < b ");
  EXPECT_EQ(matcher.push("/"), "");
  EXPECT_EQ(matcher.push("p"), "</p");
  EXPECT_EQ(matcher.push("</s"), "");
  EXPECT_EQ(matcher.finish(), "</s");
  EXPECT_FALSE(matcher.stopped());
}

TEST(Stop, DropsEverythingAfterTheStop) {
  StopMatcher matcher({"END"});
  EXPECT_EQ(matcher.push("one END two"), "one ");
  EXPECT_TRUE(matcher.stopped());
  EXPECT_EQ(matcher.push(" three"), "");
  EXPECT_EQ(matcher.finish(), "");
}

TEST(Stop, FindsAStopStringAfterAFalseStart) {
  EXPECT_EQ(run({"aab"}, bytes_of("aaab")), (Outcome{"a", true}));
  EXPECT_EQ(run({"ababc"}, bytes_of("xabababc!")), (Outcome{"xab", true}));
}

TEST(Stop, TheFirstCompleteWinsAndThenTheLongest) {
  EXPECT_EQ(run({"bcd", "c"}, {"abcd"}), (Outcome{"ab", true}));
  EXPECT_EQ(run({"c", "abc"}, {"xabc"}), (Outcome{"x", true}));
}

TEST(Stop, NeverSplitsACharacter) {
  StopMatcher matcher({"x"});
  const std::string euro = "\xE2\x82\xAC", emoji = "\xF0\x9F\x99\x82";
  EXPECT_EQ(matcher.push("5" + euro.substr(0, 1)), "5");
  EXPECT_EQ(matcher.push(euro.substr(1, 1)), "");
  EXPECT_EQ(matcher.push(euro.substr(2) + emoji.substr(0, 3)), euro);
  EXPECT_EQ(matcher.push(emoji.substr(3)), emoji);
}

TEST(Stop, StopStringsOfManyByteCharactersMatch) {
  const std::string hello = "\xE4\xBD\xA0\xE5\xA5\xBD", full_stop = "\xE3\x80\x82";
  EXPECT_EQ(run({full_stop}, bytes_of(hello + full_stop + hello)), (Outcome{hello, true}));
  // Shares its first two bytes with the stop string, and must come out whole.
  const std::string comma = "\xE3\x80\x81";
  EXPECT_EQ(run({full_stop}, bytes_of(comma)), (Outcome{comma, false}));
}

TEST(Stop, BytesThatAreNotUtf8PassUnchanged) {
  const std::string broken = "a\xFF\xC3(\x80\x80\x80\x80\xF0\x9F";
  EXPECT_EQ(run({"zz"}, bytes_of(broken)), (Outcome{broken, false}));
}

TEST(Stop, TheResultDoesNotDependOnTheCut) {
  const std::vector<std::string> stops = {"abba", "bab", "\xC3\xA9\xC3\xA9"};
  const std::vector<std::string> letters = {"a", "b", "\xC3\xA9"};
  for (uint32_t round = 0; round < 500; ++round) {
    std::string text;
    for (uint32_t i = 0; i < 12; ++i) text += letters[random::philox(1, {round, i, 0, 0})[0] % 3];
    std::vector<std::string> pieces;
    for (size_t at = 0; at < text.size();) {
      const size_t size = 1 + random::philox(2, {round, static_cast<uint32_t>(at), 0, 0})[0] % 4;
      pieces.push_back(text.substr(at, size));
      at += size;
    }
    EXPECT_EQ(run(stops, pieces), run(stops, {text})) << text;
  }
}

TEST(Stop, AnEmptyStopStringIsAnError) { EXPECT_THROW(StopMatcher({"a", ""}), Error); }

}  // namespace
}  // namespace lmos::infer
