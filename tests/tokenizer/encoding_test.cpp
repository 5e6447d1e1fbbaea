// Offsets, pairs, truncation and WordPiece, case by case; the expected values are Hugging Face
// tokenizers'.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tokenizer/any_kind.h"
#include "tokenizer_core/errors.h"

namespace lmos::tokenizer {
namespace {

using Ids = std::vector<TokenId>;
using Integers = std::vector<int32_t>;
using Ranges = std::vector<ByteRange>;

// [CLS] A [SEP] B [SEP], in lower case and without accents.
Tokenizer bert() {
  return open_json(R"({
    "normalizer": {"type": "BertNormalizer", "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                 {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
      "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
               {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
               {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
      "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]},
                         "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}}},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "truncation": {"direction": "Left", "max_length": 8, "strategy": "OnlySecond", "stride": 2},
    "padding": {"strategy": {"Fixed": 16}, "direction": "Left", "pad_to_multiple_of": 8, "pad_id": 3,
                "pad_type_id": 1, "pad_token": "[PAD]"},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
      "max_input_chars_per_word": 10,
      "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[PAD]": 3, "e": 4, "##te": 5, "un": 6, "##able": 7,
                "##a": 8, "你": 9, ".": 10, "unab": 11}}})");
}

Encoding encode(const Tokenizer& tokenizer, std::string_view text, bool special = false) {
  return tokenizer.encode(text, std::nullopt, special, std::nullopt).at(0);
}

TEST(WordPiece, TakesTheLongestPiecesFromTheLeft) {
  EXPECT_EQ(encode(bert(), "unable ete").ids, (Ids{0, 4, 5}));  // unab, then nothing goes on
  EXPECT_EQ(encode(bert(), "una eable").ids, (Ids{6, 8, 4, 7}));
  EXPECT_EQ(encode(bert(), "ex").ids, (Ids{0}));
  EXPECT_EQ(encode(bert(), "etetetetetete").ids, (Ids{0}));  // too long a word
}

TEST(WordPiece, DecodesWordsWithSpacesBetween) {
  EXPECT_EQ(bert().decode(Ids{6, 7, 4, 5, 10}, false), "unable ete.");
  EXPECT_EQ(bert().decode(Ids{5, 4, 5}, false), "##te ete");
}

TEST(WordPiece, AMissingUnknownTokenIsNamedWhenItIsNeeded) {
  const Tokenizer tokenizer = open_json(R"({"model": {"type": "WordPiece", "unk_token": "?",
                                            "vocab": {"a": 0}}})");
  EXPECT_EQ(tokenizer.encode("a", false), (Ids{0}));
  EXPECT_THROW(tokenizer.encode("b", false), TokenizerError);
}

TEST(Offsets, PointIntoTheOriginal) {
  const Encoding encoding = encode(bert(), "\x01\u00c9TE  \u4f60una.");
  EXPECT_EQ(encoding.ids, (Ids{4, 5, 9, 6, 8, 10}));
  EXPECT_EQ(encoding.offsets, (Ranges{{1, 3}, {3, 5}, {7, 10}, {10, 12}, {12, 13}, {13, 14}}));
  EXPECT_EQ(encoding.words, (Integers{0, 0, 1, 2, 2, 3}));
}

TEST(Pairs, HaveTypesTextsAndSpecialTokens) {
  const Encoding encoding = bert().encode("e", "una", true, std::nullopt).at(0);
  EXPECT_EQ(encoding.ids, (Ids{1, 4, 2, 6, 8, 2}));
  EXPECT_EQ(encoding.type_ids, (Integers{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(encoding.texts, (Integers{-1, 0, -1, 1, 1, -1}));
  EXPECT_EQ(encoding.words, (Integers{-1, 0, -1, 0, 0, -1}));
  EXPECT_EQ(encoding.special, (std::vector<uint8_t>{1, 0, 1, 0, 0, 1}));
  EXPECT_EQ(encoding.offsets, (Ranges{{0, 0}, {0, 1}, {0, 0}, {0, 2}, {2, 3}, {0, 0}}));
}

std::vector<Ids> ids_of(const Windows& windows) {
  std::vector<Ids> all;
  for (const Encoding& window : windows) all.push_back(window.ids);
  return all;
}

TEST(Truncation, WindowsShareTheirStride) {
  const auto windows = [](Truncation truncation) {
    return ids_of(bert().encode("e . e . .", std::nullopt, true, truncation));
  };
  EXPECT_EQ(windows({.max_length = 5, .stride = 1}),
            (std::vector<Ids>{{1, 4, 10, 4, 2}, {1, 4, 10, 10, 2}}));
  EXPECT_EQ(windows({.max_length = 5, .side = Side::kLeft}),
            (std::vector<Ids>{{1, 4, 10, 10, 2}, {1, 4, 10, 2}}));
  EXPECT_EQ(windows({.max_length = 7}), (std::vector<Ids>{{1, 4, 10, 4, 10, 10, 2}}));
}

TEST(Truncation, ThePairsStrategySaysWhatIsCut) {
  const auto first = [](TruncationStrategy strategy) {
    return bert()
        .encode("e e", ". . . .", true, Truncation{.max_length = 6, .strategy = strategy})
        .at(0)
        .ids;
  };
  EXPECT_EQ(first(TruncationStrategy::kLongestFirst), (Ids{1, 4, 2, 10, 10, 2}));
  EXPECT_EQ(first(TruncationStrategy::kOnlySecond), (Ids{1, 4, 4, 2, 10, 2}));
  EXPECT_THROW(first(TruncationStrategy::kOnlyFirst), TokenizerError);
}

TEST(Truncation, GivesOnlyTheFirstWindowIfThatIsAskedFor) {
  const Truncation truncation = {.max_length = 5, .overflow = false};
  EXPECT_EQ(ids_of(bert().encode("e . e . .", "e . e", true, truncation)).size(), 1u);
}

TEST(Truncation, TooManyPairsOfWindowsAreRefused) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "e . ";
  EXPECT_THROW(bert().encode(text, text, true, Truncation{.max_length = 6}), TokenizerError);
  EXPECT_GT(bert().encode(text, std::nullopt, true, Truncation{.max_length = 3}).size(), 400u);
}

TEST(Truncation, WhatCantBeReachedIsRefused) {
  const auto cut = [](Truncation truncation) {
    return bert().encode("e e e", std::nullopt, true, truncation);
  };
  EXPECT_THROW(cut({.max_length = 1}), TokenizerError);
  EXPECT_THROW(cut({.max_length = 4, .stride = 2}), TokenizerError);
  EXPECT_THROW(cut({.max_length = 4, .strategy = TruncationStrategy::kOnlySecond}), TokenizerError);
}

TEST(LengthSettings, AreReadFromTheFile) {
  const Tokenizer tokenizer = bert();
  ASSERT_TRUE(tokenizer.truncation().has_value());
  EXPECT_EQ(tokenizer.truncation()->max_length, 8u);
  EXPECT_EQ(tokenizer.truncation()->stride, 2u);
  EXPECT_EQ(tokenizer.truncation()->strategy, TruncationStrategy::kOnlySecond);
  EXPECT_EQ(tokenizer.truncation()->side, Side::kLeft);
  ASSERT_TRUE(tokenizer.padding().has_value());
  EXPECT_EQ(tokenizer.padding()->length, 16u);
  EXPECT_EQ(tokenizer.padding()->multiple, 8u);
  EXPECT_EQ(tokenizer.padding()->id, 3u);
}

// As RoBERTa's: the mask takes the space before it, and trimmed offsets leave it out.
TEST(TrimmedOffsets, LeaveOutTheSpacesThatTokensTook) {
  const Tokenizer tokenizer = open_json(R"({
    "added_tokens": [{"id": 3, "content": "<m>", "lstrip": true, "special": true}],
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
    "post_processor": {"type": "ByteLevel", "trim_offsets": true, "add_prefix_space": false},
    "model": {"type": "BPE", "vocab": {"a": 0, "Ġ": 1, "Ġa": 2}, "merges": ["Ġ a"]}})");
  const Encoding encoding = encode(tokenizer, "a a\u3000<m>");
  EXPECT_EQ(encoding.ids, (Ids{0, 2, 3}));
  EXPECT_EQ(encoding.offsets, (Ranges{{0, 1}, {2, 3}, {6, 9}}));
}

// The prefix is for the text's own beginning, not for what is left of it.
TEST(Metaspace, FirstMeansTheFirstCharacterOfTheText) {
  const Tokenizer tokenizer = open_json(R"({
    "normalizer": {"type": "Strip", "strip_left": true, "strip_right": false},
    "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"},
    "model": {"type": "BPE", "vocab": {"a": 0, "▁": 1}, "merges": []}})");
  EXPECT_EQ(tokenizer.encode("a", false), (Ids{1, 0}));
  EXPECT_EQ(tokenizer.encode(" a", false), (Ids{0}));
}

}  // namespace
}  // namespace lmos::tokenizer
