// Regular expressions match what Oniguruma matches; the expected texts are those of Hugging Face
// tokenizers 0.23 with the pattern in a Replace.
#include "tokenizer_core/text/pattern.h"

#include <gtest/gtest.h>

#include <string>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/text/unicode.h"

namespace lmos::tokenizer {
namespace {

struct PatternCase {
  const char* pattern;
  const char* text;
  const char* marked;  // each match replaced by '#'
};

const PatternCase kPatternCases[] = {
    {R"(\w+)", "e\u0301 ½_²!", "# #!"},
    {R"([\w]+)", "e\u0301 ½_²!", "# ½#²!"},
    {R"(\W)", "a½-", "a½#"},
    {R"(\b)", "e\u0301!", "#e\u0301#!"},
    {R"(a\B)", "ab a", "#b a"},
    {R"([^\W\d_]+)", "ab1_c", "#1_#"},
    {R"([a-z&&[^aeiou]]+)", "audio", "au#io"},
    {R"([^a-z&&[^0-9]]+)", "a-1", "a#"},
    {R"([a[^b-y]])", "abz-", "#b##"},
    {R"([\p{L}&&\p{ASCII}])", "aé", "#é"},
    {R"([[:punct:]])", "a+😀", "a##"},
    {R"(\p{Punct})", "a+!", "a+#"},
    {R"([[:^alpha:]])", "a1", "a#"},
    {R"(\p{Han}+)", "中、国", "#、#"},
    {R"(\p{^Letter})", "a1", "a#"},
    {R"(\v)", "\n\v", "\n#"},
    {R"(x{,2}y)", "xxxy", "x#"},
    {R"([]a]+)", "]ab", "#b"},
    {R"([\]\-\x41\u0042\n]+)", "]-AB\nC", "#C"},
    {R"((?#of no effect[)a)", "a", "#"},
    {R"((?m).)", "\n", "#"},
};

TEST(Regex, MatchesLikeOniguruma) {
  for (const PatternCase& c : kPatternCases)
    EXPECT_EQ(Pattern::regex(c.pattern).replace(c.text, "#"), c.marked) << c.pattern;
}

TEST(Regex, WhatIsNotSupportedIsNamedWithItsPlace) {
  for (const char* pattern : {R"(ab\G)", R"(ab\p{)", R"(ab[a-)", R"(ab[z-a])", R"(ab[\x{110000}])",
                              R"(ab[[:nothing special:]])", R"(ab[\c)"}) {
    try {
      Pattern::regex(pattern);
      ADD_FAILURE() << pattern;
    } catch (const TokenizerError& error) {
      EXPECT_NE(std::string_view(error.what()).find("byte"), std::string_view::npos)
          << error.what();
    }
  }
  EXPECT_THROW(Pattern::regex(std::string(100, '[')), TokenizerError);
}

// The library's tables may end before Unicode 16.
TEST(NewCharacters, HaveTheCategoriesThatTokenizersGiveThem) {
  EXPECT_EQ(Pattern::regex(R"(\p{L}+)").replace("a\U00031350\U000105C0b \uA7CB", "#"), "# #");
  EXPECT_EQ(Pattern::regex(R"(\p{Han})").replace("\U0002EBF0", "#"), "#");
  EXPECT_EQ(Pattern::regex(R"(\p{N})").replace("\U0001E4F0!", "#"), "#!");
  EXPECT_EQ(Pattern::regex(R"(\p{L})").replace("\uA7CE", "#"), "\uA7CE");  // of Unicode 17
  EXPECT_TRUE(is_numeric(U'\U00010D40'));
  std::string lower;
  append_lowercase(lower, U'\u1C89');
  append_lowercase(lower, U'\U00010D50');
  EXPECT_EQ(lower, "\u1C8A\U00010D70");
}

TEST(NewCharacters, HaveNoNormalForm) {
  const auto normal = [](std::string_view text, NormalForm form) {
    AlignedText aligned(Piece{.text = text});
    to_normal_form(aligned, form);
    return std::string(aligned.text());
  };
  // A mark of Unicode 14 stays behind the one before it; one of Unicode 9 does not.
  EXPECT_EQ(normal("a\u1DC3\u1DFA", NormalForm::kNfd), "a\u1DC3\u1DFA");
  EXPECT_EQ(normal("a\u1DC3\u0323", NormalForm::kNfd), "a\u0323\u1DC3");
  EXPECT_EQ(normal("\u32FF\uA7F2", NormalForm::kNfkc), "\u32FF\uA7F2");
  EXPECT_EQ(normal("\U00011938", NormalForm::kNfd), "\U00011938");
  EXPECT_EQ(normal("\U00011935\U00011930", NormalForm::kNfc), "\U00011935\U00011930");
}

}  // namespace
}  // namespace lmos::tokenizer
