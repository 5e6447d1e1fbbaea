// What clients write is kept apart from what templates add.
#include "conversation/content_marks.h"

#include <gtest/gtest.h>

#include "errors/error.h"

namespace lmos::conversation {
namespace {

const SpecialTexts kSpecial({"<|end|>", "<|begin|>", "<s>", "[INST]"});

// The pieces of `before`, the client's text and `after`, with "‖" between them.
std::string cut(const std::string& before, const std::string& content, const std::string& after) {
  const ContentMarks marks(kSpecial, content);
  std::string joined;
  for (const std::string& piece : marks.pieces(before + marks.marked_content(content) + after))
    joined += (joined.empty() ? "" : "‖") + piece;
  return joined;
}

TEST(ContentMarks, CutOnlyWhereASpecialTextWouldArise) {
  struct Case {
    const char *before, *content, *after, *pieces;
  };
  const Case cases[] = {{"<|begin|>", "hello", "<|end|>", "<|begin|>hello<|end|>"},
                        {"<|begin|>", "a<|end|>b", "<|end|>", "<|begin|>a<‖|end|>b<|end|>"},
                        {"", "<s><s>", "", "<‖s><‖s>"},
                        {"", "<<|end|>", "", "<<‖|end|>"},
                        {"<|", "end|>", "", "<|‖end|>"},
                        {"", "x<|en", "d|>", "x<|en‖d|>"},
                        {"<|", "end", "|>", "<|‖end‖|>"},
                        {"[", "INST", "]", "[‖INST‖]"},
                        {"<", "", "s>", "<s>"},
                        {"a", "<|en", "<|end|>", "a<|en<|end|>"},
                        {"你好", "[INST]你", "", "你好[‖INST]你"}};
  for (const Case& one : cases)
    EXPECT_EQ(cut(one.before, one.content, one.after), one.pieces) << one.content;
}

TEST(ContentMarks, AreNoCharacterThatTheClientWrote) {
  std::string all;
  for (int i = 0; i < 31; ++i) all += std::string("\xEF\xB7") + static_cast<char>(0x90 + i);
  EXPECT_EQ(cut("", all + "<s>", ""), all + "<‖s>");
  EXPECT_THROW(cut("", all + "\xEF\xB7\xAF", ""), Error);
}

TEST(ContentMarks, NamesStayThemselvesForTemplatesToCompare) {
  const Json tool = Json::Object{{"end", "begin"}, {"x", "<s>"}};
  const ContentMarks marks(kSpecial, tool);
  const Json marked = marks.marked(tool);
  EXPECT_EQ(marked.at("end", ""), Json("begin"));
  EXPECT_NE(marked.at("x", ""), Json("<s>"));
  EXPECT_EQ(marks.without_marks(marked.at("x", "").as_string("")), "<s>");
}

TEST(ContentMarks, ASpecialTokenOfOneCharacterIsRefused) {
  const SpecialTexts special({"\xE2\x96\x81"});
  const ContentMarks marks(special, Json());
  EXPECT_THROW(marks.marked_content("a\xE2\x96\x81"), Error);
  EXPECT_EQ(marks.marked_content("a"), "a");
}

TEST(SpecialTexts, AreCountedFromLeftToRightTheLongestFirst) {
  const SpecialTexts special({"aa", "aaa", "b"});
  EXPECT_EQ(special.count("aaaaab"), 3u);
  EXPECT_EQ(special.find("aaa").size(), 3u);
  EXPECT_EQ(SpecialTexts({}).count("anything"), 0u);
}

}  // namespace
}  // namespace lmos::conversation
