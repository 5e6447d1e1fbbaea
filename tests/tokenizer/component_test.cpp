// What the parts of a tokenizer file do, case by case; the expected values are Hugging Face
// tokenizers'.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tokenizer/any_kind.h"
#include "tokenizer/small_tokenizer.h"
#include "tokenizer_core/text/unicode.h"
#include "tokenizer_core/tokenizer.h"

namespace lmos::tokenizer {
namespace {

// Characters of the vocabulary are a, b, ▁ and the space; decoded text shows where tokens end.
std::string tokens(const std::string& parts, const std::string& text) {
  const Tokenizer tokenizer = open_json(
      R"({"model": {"type": "BPE", "unk_token": "?", "merges": ["a b", "▁ a", "b b", "1 2"],
          "vocab": {"?": 0, "a": 1, "b": 2, "▁": 3, " ": 4, "ab": 5, "▁a": 6, "bb": 7, ".": 8,
                    "1": 9, "2": 10, "12": 11}})" +
      parts + "}");
  std::string shown;
  for (const TokenId id : tokenizer.encode(text, false)) {
    if (!shown.empty()) shown += '|';
    shown += tokenizer.id_to_token(id);
  }
  return shown;
}

std::string splitting(const std::string& behavior, const std::string& invert = "false") {
  return tokens(
      R"(, "pre_tokenizer": {"type": "Split", "pattern": {"String": "."}, "behavior": ")" +
          behavior + R"(", "invert": )" + invert + "}",
      "ab..b.");
}

TEST(Split, DelimitersGoWhereTheBehaviourSays) {
  const auto with_type = [](const std::string& rest, const std::string& text) {
    return tokens(", \"pre_tokenizer\": {\"type\": " + rest + "}", text);
  };
  EXPECT_EQ(splitting("Removed"), "ab|b");
  EXPECT_EQ(splitting("Removed", "true"), ".|.|.");
  EXPECT_EQ(with_type(R"("Digits", "individual_digits": true)", "ab12b"), "ab|1|2|b");
  EXPECT_EQ(with_type(R"("Digits", "individual_digits": false)", "ab12b"), "ab|12|b");
  EXPECT_EQ(with_type(R"("WhitespaceSplit")", " ab  b "), "ab|b");
  EXPECT_EQ(with_type(R"("Whitespace")", "ab. b"), "ab|.|b");
  EXPECT_EQ(with_type(R"("Punctuation")", "ab.b"), "ab|.|b");
}

// One word a match: pieces show as merges that can't happen.
TEST(Split, PiecesAreWordsOfTheirOwn) {
  const auto split_b = [](const std::string& behavior) {
    return tokens(
        R"(, "pre_tokenizer": {"type": "Split", "pattern": {"String": "b"}, "behavior": ")" +
            behavior + "\"}",
        "abb");
  };
  EXPECT_EQ(split_b("Isolated"), "a|b|b");
  EXPECT_EQ(split_b("Contiguous"), "a|bb");
  EXPECT_EQ(split_b("MergedWithPrevious"), "ab|b");
  EXPECT_EQ(split_b("MergedWithNext"), "a|b|b");
}

std::string metaspace(const std::string& scheme, const std::string& text) {
  return tokens(
      R"(, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": ")" +
          scheme + R"("}, "added_tokens": [{"id": 12, "content": "<x>", "special": true}])",
      text);
}

TEST(Metaspace, PrependsWhereTheSchemeSays) {
  EXPECT_EQ(metaspace("always", "a a<x>a"), "▁a|▁a|<x>|▁a");
  EXPECT_EQ(metaspace("first", "a a<x>a"), "▁a|▁a|<x>|a");
  EXPECT_EQ(metaspace("never", "a a<x>a"), "a|▁a|<x>|a");
  EXPECT_EQ(metaspace("always", " a"), "▁a");
}

std::string adding(const std::string& flags, const std::string& text) {
  return tokens(
      R"(, "added_tokens": [{"id": 12, "content": "<x>", "special": true, )" + flags + "}]", text);
}

TEST(AddedTokens, FlagsDecideWhatTheyTake) {
  EXPECT_EQ(adding("\"lstrip\": false", "a <x> b"), "a| |<x>| |b");
  EXPECT_EQ(adding("\"lstrip\": true", "a <x> b"), "a|<x>| |b");
  EXPECT_EQ(adding("\"rstrip\": true", "a <x> b"), "a| |<x>|b");
  EXPECT_EQ(adding("\"single_word\": true", "a<x> <x>b <x>"), "a|?|?|?| |?|?|?|b| |<x>");
}

TEST(AddedTokens, TheLongestAtAPlaceIsTaken) {
  EXPECT_EQ(tokens(R"(, "added_tokens": [{"id": 12, "content": "<b", "special": true},
                                         {"id": 13, "content": "<bb", "special": true}])",
                   "a<bba<b"),
            "a|<bb|a|<b");
}

TEST(Unknown, IsFusedOrNot) { EXPECT_EQ(tokens("", "axxa"), "a|?|?|a"); }

TEST(Normalizer, StepsRunInOrder) {
  EXPECT_EQ(tokens(R"(, "normalizer": {"type": "Sequence", "normalizers": [{"type": "Lowercase"},
                       {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": "▁"},
                       {"type": "Prepend", "prepend": "▁"}]})",
                   "AB \n A"),
            "▁|ab|▁a");
  EXPECT_EQ(tokens(R"(, "normalizer": {"type": "Strip", "strip_left": true, "strip_right": false})",
                   " \t a "),
            "a| ");
}

std::string normal(const std::string& text, NormalForm form) {
  AlignedText aligned({.text = text});
  to_normal_form(aligned, form);
  return aligned.text();
}

TEST(NormalForms, FollowUnicode) {
  EXPECT_EQ(normal("e\u0301", NormalForm::kNfc), "\u00e9");
  EXPECT_EQ(normal("\u00e9", NormalForm::kNfd), "e\u0301");
  EXPECT_EQ(normal("\u1e9b\u0323", NormalForm::kNfc), "\u1e9b\u0323");
  EXPECT_EQ(normal("\u1e9b\u0323", NormalForm::kNfkc), "\u1e69");
  EXPECT_EQ(normal("q\u0307\u0323", NormalForm::kNfd), "q\u0323\u0307");  // marks are put in order
  EXPECT_EQ(normal("\u1112\u1161\u11ab", NormalForm::kNfc), "\ud55c");    // Hangul
  EXPECT_EQ(normal("\ud55c", NormalForm::kNfd), "\u1112\u1161\u11ab");
  EXPECT_EQ(normal("\u0958", NormalForm::kNfc), "\u0915\u093c");  // excluded from composition
  EXPECT_EQ(normal("\ufb01\u00b2", NormalForm::kNfkc), "fi2");
}

// A quadratic step would take minutes here.
TEST(NormalForms, AMegabyteOfMarksIsPutInOrder) {
  std::string text = "a", expected = "a\u0323";
  for (int i = 0; i < 1 << 18; ++i) text += "\u0301";
  text += "\u0323";
  EXPECT_EQ(normal(text, NormalForm::kNfd).substr(0, 5), expected + "\xCC\x81");
}

std::string decoded(const std::string& decoder, const std::vector<TokenId>& ids) {
  const Tokenizer tokenizer = open_json(
      R"({"model": {"type": "BPE", "merges": [],
          "vocab": {"▁a": 0, "b</w>": 1, "<0xE4>": 2, "<0xBD>": 3, "<0xA0>": 4, " a  ": 5}},
          "decoder": )" +
      decoder + "}");
  return tokenizer.decode(ids, false);
}

TEST(Decoders, DoWhatTheirNamesSay) {
  EXPECT_EQ(decoded("null", {0, 1}), "▁a b</w>");
  EXPECT_EQ(decoded(R"({"type": "Fuse"})", {0, 1}), "▁ab</w>");
  EXPECT_EQ(decoded(R"({"type": "BPEDecoder", "suffix": "</w>"})", {1, 1}), "b b");
  EXPECT_EQ(
      decoded(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"})", {0, 0}),
      "a a");
  EXPECT_EQ(
      decoded(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"})", {0, 0}),
      " a a");
  EXPECT_EQ(decoded(R"({"type": "ByteFallback"})", {2, 3, 4, 0}), "你▁a");
  EXPECT_EQ(decoded(R"({"type": "ByteFallback"})", {2, 3, 0}), "\uFFFD\uFFFD▁a");
  EXPECT_EQ(decoded(R"({"type": "Strip", "content": " ", "start": 1, "stop": 1})", {5, 5}), "a a ");
  EXPECT_EQ(decoded(R"({"type": "Sequence", "decoders": [{"type": "Fuse"},
                        {"type": "Strip", "content": " ", "start": 5, "stop": 1}]})",
                    {5, 5}),
            "a   a ");
  EXPECT_EQ(decoded(R"({"type": "Sequence", "decoders": [{"type": "Fuse"},
                        {"type": "Replace", "pattern": {"String": "a▁"}, "content": "-"}]})",
                    {0, 0}),
            "▁-a");
}

}  // namespace
}  // namespace lmos::tokenizer
