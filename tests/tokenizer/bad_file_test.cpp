// A file that can't be right is refused with a message that says where.
#include <gtest/gtest.h>

#include <string>

#include "tokenizer/any_kind.h"
#include "tokenizer/small_tokenizer.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/tokenizer.h"

namespace lmos::tokenizer {
namespace {

// The message of the refusal; empty where the file was taken.
std::string refusal(const std::string& json) {
  try {
    open_json(json);
    return "";
  } catch (const TokenizerError& error) {
    return error.what();
  }
}

std::string refusal_with(std::string_view old_part, std::string_view new_part) {
  return refusal(with(byte_level_json(), old_part, new_part));
}

#define EXPECT_NAMES(message, part) EXPECT_PRED_FORMAT2(testing::IsSubstring, part, message)

TEST(BadFile, TheUnchangedFileIsGood) { EXPECT_EQ(refusal(byte_level_json()), ""); }

TEST(BadFile, EveryTruncationIsRefused) {
  const std::string json = byte_level_json();
  for (size_t size = 0; size < json.size(); ++size)
    EXPECT_NE(refusal(json.substr(0, size)), "") << size;
}

TEST(BadFile, BrokenJsonIsNamedByItsByte) {
  EXPECT_NAMES(refusal("{\"model\": nul}"), "not valid JSON at byte");
  EXPECT_NAMES(refusal(byte_level_json() + "x"), "more text after the document at byte");
}

TEST(BadFile, DeepNestingIsRefused) {
  EXPECT_NAMES(refusal("{\"model\": " + std::string(100000, '[')), "not valid JSON");
}

TEST(BadFile, ADeepSequenceOfNormalizersIsRefused) {
  std::string part = "null", end;
  for (int i = 0; i < 1000; ++i) {
    part.insert(0, R"({"type": "Sequence", "normalizers": [)");
    end += "]}";
  }
  EXPECT_NAMES(refusal_with("\"normalizer\": null", "\"normalizer\": " + part + end),
               "not valid JSON");
}

TEST(BadFile, UnknownComponentsAreNamedWithTheirPath) {
  EXPECT_NAMES(
      refusal_with("\"normalizer\": null",
                   R"("normalizer": {"type": "Sequence", "normalizers": [{"type": "Magic"}]})"),
      "normalizer.normalizers[0].type: normalizer 'Magic' is not supported");
  EXPECT_NAMES(refusal_with("\"type\": \"ByteLevel\", \"add", "\"type\": \"Magic\", \"add"),
               "pre_tokenizer.type: pre-tokenizer 'Magic' is not supported");
  EXPECT_NAMES(refusal_with("TemplateProcessing", "Magic"),
               "post_processor.type: post-processor 'Magic' is not supported");
  EXPECT_NAMES(refusal_with("{\"type\": \"ByteLevel\"}", "{\"type\": \"Magic\"}"),
               "decoder.type: decoder 'Magic' is not supported");
}

TEST(BadFile, AnotherKindOfModelIsToldApart) {
  const std::string json = with(byte_level_json(), "\"type\": \"BPE\"", "\"type\": \"Magic\"");
  EXPECT_THROW(open_json(json), OtherTokenizerKind);
}

TEST(BadFile, IdsOutOfRangeAreRefused) {
  EXPECT_NAMES(refusal_with("\"hello\": 259", "\"hello\": 4294967295"),
               "model.vocab['hello']: id 4294967295 is out of range");
  EXPECT_NAMES(refusal_with("\"hello\": 259", "\"hello\": -1"), "model.vocab['hello']: ");
  EXPECT_NAMES(refusal_with("\"hello\": 259", "\"hello\": 1e300"), "model.vocab['hello']: ");
  EXPECT_NAMES(refusal_with("\"id\": 260", "\"id\": 99999999"),
               "added_tokens[0].id: id 99999999 is out of range");
  EXPECT_NAMES(refusal_with("\"ids\": [260]", "\"ids\": [261]"),
               "post_processor.special_tokens.<|end|>.ids[0]: id 261 is not in the vocabulary");
}

TEST(BadFile, IdsGivenTwiceAreRefused) {
  EXPECT_NAMES(refusal_with("\"hello\": 259", "\"hello\": 258"),
               "model.vocab: id 258 is given to both 'hell' and 'hello'");
  EXPECT_NAMES(refusal_with("\"id\": 260", "\"id\": 259"),
               "added_tokens[0].id: id 259 of '<|end|>' is that of 'hello' in model.vocab");
  EXPECT_NAMES(
      refusal_with("\"added_tokens\": [", R"("added_tokens": [{"id": 260, "content": "<|x|>"}, )"),
      "added_tokens[1]: ");
}

TEST(BadFile, KeysGivenTwiceAreRefused) {
  EXPECT_NAMES(refusal_with("\"hello\": 259", "\"hello\": 259, \"hell\": 260"),
               "the key 'hell' is there twice in one object, the second time before byte");
  EXPECT_NAMES(refusal_with("\"use_regex\": true", "\"use_regex\": true, \"use_regex\": false"),
               "the key 'use_regex' is there twice");
  EXPECT_NAMES(refusal_with("\"hello\": 259", R"("hello": 259, "": 260, "": 261)"),
               "the key '' is there twice");
}

TEST(BadFile, InvalidUtf8IsNamedByItsByte) {
  EXPECT_NAMES(refusal_with("\"hello\": 259", "\"hell\xFF\": 259"), "not valid JSON at byte");
  EXPECT_NAMES(refusal_with("\"hello\": 259", "\"hell\\ud800\": 259"), "not valid JSON at byte");
}

TEST(HolesInAVocabulary, AreIdsWithoutTokens) {
  const Tokenizer tokenizer = open_json(
      R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 7}, "merges": ["a b"]}})");
  EXPECT_EQ(tokenizer.encode("aab", false), (std::vector<TokenId>{0, 7}));
  const TokenId hole = 5;
  EXPECT_EQ(tokenizer.decode({&hole, 1}, false), "");
}

TEST(BadFile, MergesMustBeOfTokens) {
  EXPECT_NAMES(refusal_with("\"l l\"", "\"l m\""), "model.merges[1]: the symbol 'lm'");
  EXPECT_NAMES(refusal_with("\"l l\"", "\"\\u4f60 l\""), "model.merges[1]: the symbol '你'");
  EXPECT_NAMES(refusal_with("\"l l\"", "\"ll\""), "model.merges[1]: expected two symbols");
  EXPECT_NAMES(refusal_with("\"l l\"", "[\"l\"]"), "model.merges[1]: expected two symbols");
  EXPECT_NAMES(refusal_with("\"l l\"", "7"), "model.merges[1]: expected two symbols");
  EXPECT_NAMES(refusal_with("\"unk_token\": null", "\"unk_token\": \"<unk>\""),
               "model.unk_token: the token '<unk>' is not in the vocabulary");
}

TEST(BadFile, MissingAndMistypedMembersAreNamed) {
  EXPECT_NAMES(refusal("{}"), "the member 'model' is missing");
  EXPECT_NAMES(refusal_with("\"merges\"", "\"other\""), "model: the member 'merges' is missing");
  EXPECT_NAMES(refusal_with("\"use_regex\": true", "\"use_regex\": \"yes\""),
               "pre_tokenizer.use_regex: expected a boolean, found a string");
  EXPECT_NAMES(refusal_with("\"content\": \"<|end|>\"", "\"content\": \"\""),
               "added_tokens[0].content: expected between 1 and 4096 bytes");
  EXPECT_NAMES(refusal_with("{\"Sequence\": {\"id\": \"A\"}}", "{\"Sequence\": {\"id\": \"B\"}}"),
               "post_processor.single[1]: ");
}

std::string split_on(const std::string& regex) {
  return R"({"type": "Split", "behavior": "Isolated", "pattern": {"Regex": ")" + regex + "\"}}";
}

TEST(BadFile, RegularExpressionsThatDoNotCompileAreNamed) {
  constexpr std::string_view kStep =
      R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": true})";
  EXPECT_NAMES(refusal_with(kStep, split_on("(")), "pre_tokenizer.pattern.Regex: ");
  EXPECT_NAMES(refusal_with(kStep, split_on(R"(a\\G)")), "uses \\G");
  EXPECT_NAMES(
      refusal_with(kStep,
                   R"({"type": "Split", "behavior": "Isolated", "pattern": {"String": ""}})"),
      "pre_tokenizer.pattern.String: an empty pattern");
}

TEST(BadFile, ARegularExpressionWithoutEndStopsWithAMessage) {
  const Tokenizer tokenizer = open_json(with(
      byte_level_json(), R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": true})",
      split_on("(a+)+$")));
  EXPECT_THROW(tokenizer.encode(std::string(100, 'a') + "b", false), TokenizerError);
}

TEST(BadFile, ReplacementsThatMultiplyTextAreRefused) {
  std::string steps;
  for (int i = 0; i < 40; ++i)
    steps += R"({"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}, )";
  steps += R"({"type": "NFC"})";
  EXPECT_NAMES(
      refusal_with("\"normalizer\": null",
                   R"("normalizer": {"type": "Sequence", "normalizers": [)" + steps + "]}"),
      "could make a text over 4096 times as long");
}

TEST(BadFile, MissingFilesAreNamed) {
  EXPECT_THROW(open_file("no/such/tokenizer.json"), TokenizerError);
}

TEST(BadText, InvalidUtf8IsNamedByItsByte) {
  const Tokenizer tokenizer = open_json(byte_level_json());
  try {
    tokenizer.encode("abc\xFF", false);
    FAIL();
  } catch (const TokenizerError& error) {
    EXPECT_NAMES(std::string(error.what()), "at byte 3");
  }
}

TEST(BadIds, IdsOutOfRangeAreRefused) {
  const Tokenizer tokenizer = open_json(byte_level_json());
  ASSERT_EQ(tokenizer.vocab_size(), 261u);
  const TokenId id = 261;
  EXPECT_THROW(tokenizer.decode({&id, 1}, false), TokenizerError);
}

}  // namespace
}  // namespace lmos::tokenizer
