// How records become prompts, packed rows and answers.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "errors/error.h"
#include "tasks/answer_span.h"
#include "tasks/example_packing.h"
#include "tasks/template_text.h"

namespace lmos::tasks {
namespace {

components::Record record(std::vector<ConfigMember> fields) {
  return {ConfigTree::section(std::move(fields)), "records.jsonl:3"};
}
ConfigMember field(const char* name, ConfigTree value) { return {name, std::move(value), {}}; }

TEST(TextTemplate, PutsFieldsInTheirPlaces) {
  const components::Record r =
      record({field("a", ConfigTree::string("x{y}")), field("n", ConfigTree::integer(3))});
  EXPECT_EQ(TextTemplate("{a}-{n}{a}").fill(r), "x{y}-3x{y}");
  EXPECT_EQ(TextTemplate("{{{a}}}").fill(r), "{x{y}}") << "a field's own braces stay";
  EXPECT_EQ(TextTemplate("plain").fill(r), "plain");
}

TEST(TextTemplate, FitsOnlyWhereAllItsFieldsHaveText) {
  const components::Record r =
      record({field("a", ConfigTree::string("x")), field("empty", ConfigTree::string("")),
              field("none", ConfigTree::null())});
  for (const char* text : {"{a}{empty}", "{a}{none}", "{absent}"})
    EXPECT_EQ(TextTemplate(text).fill(r), std::nullopt) << text;
  const std::vector<TextTemplate> templates = {TextTemplate("1 {empty}"), TextTemplate("2 {a}"),
                                               TextTemplate("3 {a}")};
  EXPECT_EQ(fill_first(templates, r, "prompt"), "2 x");
  try {
    fill_first({TextTemplate("{absent}")}, r, "prompt");
    FAIL() << "no template fits";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_TRUE(std::string(error.what()).starts_with("records.jsonl:3")) << error.what();
  }
}

TEST(TextTemplate, RefusesABraceWithoutItsOther) {
  for (const char* text : {"{a", "a}", "{a{b}", "{", "}"}) {
    try {
      const TextTemplate refused(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfiguration) << text;
    }
  }
}

TEST(Packing, PutsEachExampleInOneRowThatHoldsIt) {
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < 200; ++i) lengths.push_back(1 + i * 37 % 64);
  const auto rows = pack(lengths, 64);
  std::vector<size_t> seen;
  for (const auto& row : rows) {
    int64_t total = 0;
    for (const size_t example : row) total += lengths[example];
    EXPECT_LE(total, 64);
    seen.insert(seen.end(), row.begin(), row.end());
  }
  std::ranges::sort(seen);
  std::vector<size_t> all(lengths.size());
  std::iota(all.begin(), all.end(), size_t{0});
  EXPECT_EQ(seen, all);
  const int64_t tokens = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  EXPECT_LE(std::ssize(rows), tokens / 64 + 2) << "nearly no room is left";
  EXPECT_EQ(pack(lengths, 64), rows) << "a pure function";
}

TEST(Packing, TakesTheFullestRowWithRoom) {
  EXPECT_EQ(pack(std::vector<int64_t>{3, 6, 7, 4}, 10),
            (std::vector<std::vector<size_t>>{{2, 0}, {1, 3}}));
  EXPECT_TRUE(pack({}, 10).empty());
}

TEST(BestSpan, IsTheHighestSumOfAStartAndAnEndThatFollowsIt) {
  const std::vector<float> starts = {0, 5, 1, 2}, ends = {9, 0, 1, 3};
  const auto best = best_span(starts, ends, 3);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->begin, 0u) << "0 + 9";
  EXPECT_EQ(best->end, 1u);
  const auto later = best_span(std::span(starts).subspan(1), std::span(ends).subspan(1), 2);
  EXPECT_EQ(later->begin, 0u);
  EXPECT_EQ(later->end, 2u) << "5 + 1; 5 + 3 is too long";
  EXPECT_FLOAT_EQ(later->score, 6);
  EXPECT_FALSE(best_span({}, {}, 3));
}

}  // namespace
}  // namespace lmos::tasks
