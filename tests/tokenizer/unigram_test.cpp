// Unigram models take the most probable segmentation; training learns one that fits its text.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tokenizer/any_kind.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_unigram/train/training.h"

namespace lmos::tokenizer {
namespace {

using Ids = std::vector<TokenId>;

std::string unigram_json(const std::string& members) {
  return R"({"model": {"type": "Unigram", )" + members + "}}";
}

const std::string kPieces =
    R"("vocab": [["<unk>", 0], ["a", -1], ["b", -1], ["ab", -1.5], ["abab", -3.5]])";

TEST(UnigramModel, TakesTheLargestSumAndTheLongestPieceAmongEquals) {
  const Tokenizer tokenizer = open_json(unigram_json(kPieces + R"(, "unk_id": 0)"));
  EXPECT_EQ(tokenizer.encode("ab", false), Ids{3});
  EXPECT_EQ(tokenizer.encode("abab", false), (Ids{3, 3}));
  EXPECT_EQ(tokenizer.encode("aba", false), (Ids{3, 1}));
}

TEST(UnigramModel, UnknownCharactersInARowAreOneToken) {
  const Tokenizer tokenizer = open_json(unigram_json(kPieces + R"(, "unk_id": 0)"));
  EXPECT_EQ(tokenizer.encode("a\u4F60\u597Db?", false), (Ids{1, 0, 2, 0}));
  const Windows windows = tokenizer.encode("a\u4F60\u597Db", std::nullopt, false, std::nullopt);
  EXPECT_EQ(windows.at(0).offsets, (std::vector<ByteRange>{{0, 1}, {1, 7}, {7, 8}}));
}

TEST(UnigramModel, WithoutAnUnknownPieceSuchTextIsRefused) {
  const Tokenizer tokenizer = open_json(unigram_json(kPieces + R"(, "unk_id": null)"));
  EXPECT_EQ(tokenizer.encode("ab", false), Ids{3});
  EXPECT_THROW(tokenizer.encode("c", false), TokenizerError);
}

TEST(UnigramModel, BytesStandForWhatIsUnknownWhereAllAreThere) {
  const Tokenizer tokenizer = open_json(unigram_json(
      R"("vocab": [["<unk>", 0], ["a", -1], ["<0xC3>", 0], ["<0xA9>", 0]], "unk_id": 0, "byte_fallback": true)"));
  EXPECT_EQ(tokenizer.encode("a\u00E9a", false), (Ids{1, 2, 3, 1}));
  EXPECT_EQ(tokenizer.encode("a?", false), (Ids{1, 0}));
}

TEST(UnigramModel, LongTextsOfOverlappingPiecesAreSegmented) {
  const Tokenizer tokenizer = open_json(unigram_json(kPieces + R"(, "unk_id": 0)"));
  std::string text;
  for (int i = 0; i < 10000; ++i) text += "ab";
  EXPECT_EQ(tokenizer.encode(text, false), Ids(10000, 3));
}

TEST(UnigramModel, BadVocabulariesAreNamed) {
  const auto refusal = [](const std::string& members) {
    try {
      open_json(unigram_json(members));
      return std::string();
    } catch (const TokenizerError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "model.vocab[1][0]: the piece 'a' is given twice",
                      refusal(R"("vocab": [["a", 0], ["a", -1]])"));
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "model.vocab[0][0]: a piece is empty",
                      refusal(R"("vocab": [["", 0]])"));
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "model.vocab[0]: expected a piece and its score",
                      refusal(R"("vocab": [["a"]])"));
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "model.unk_id: id 7 is not in the vocabulary",
                      refusal(R"("vocab": [["a", 0]], "unk_id": 7)"));
}

Tokenizer train(
    const UnigramTrainingOptions& options, const std::vector<std::string>& texts,
    const TrainingProgress& progress = [](std::string_view, uint64_t, uint64_t) {}) {
  size_t next = 0;
  return train_unigram(options, {[&]() -> std::optional<std::string_view> {
                                   if (next == texts.size()) return std::nullopt;
                                   return texts[next++];
                                 },
                                 0, progress});
}

UnigramTrainingOptions pieces(uint64_t vocab_size) {
  UnigramTrainingOptions options;
  options.vocab_size = vocab_size;
  return options;
}

const std::vector<std::string> kTexts = {"hello world hellos worlds",
                                         "hello worldly world helloing",
                                         "worlds hello world hello world hello"};

TEST(UnigramTraining, LearnsTheWordsOfItsText) {
  const Tokenizer tokenizer = train(pieces(30), kTexts);
  EXPECT_LE(tokenizer.vocab_size(), 30u);
  EXPECT_EQ(tokenizer.token_to_id("<unk>"), 0u);
  const Ids ids = tokenizer.encode("hello world", false);
  EXPECT_LE(ids.size(), 3u);
  EXPECT_EQ(tokenizer.decode(ids, false), "hello world");
}

TEST(UnigramTraining, EveryCharacterOfTheTextIsAPiece) {
  const Tokenizer tokenizer = train(pieces(40), {"abc abd xyz \u4F60\u597D"});
  for (const char* character : {"a", "z", "\u4F60", "\u597D", "\u2581"})
    EXPECT_NE(tokenizer.token_to_id(character), kNoToken) << character;
}

TEST(UnigramTraining, TheSameTextGivesTheSameFile) {
  EXPECT_EQ(train(pieces(30), kTexts).json(), train(pieces(30), kTexts).json());
}

TEST(UnigramTraining, SpecialTokensComeFirstAndAreNotLearned) {
  UnigramTrainingOptions options = pieces(20);
  options.special_tokens = {"<unk>", "<pad>"};
  const Tokenizer tokenizer = train(options, {"ab<pad>ab<pad>ab"});
  // U+2581 before both "ab" and "?".
  EXPECT_EQ(tokenizer.encode("ab<pad>?", false).size(), 6u);
  EXPECT_EQ(tokenizer.token_to_id("<pad>"), 1u);
  EXPECT_EQ(tokenizer.token_to_id("<"), kNoToken);
}

TEST(UnigramTraining, ProgressIsReportedAndStops) {
  EXPECT_THROW(train(pieces(20), kTexts,
                     [](std::string_view what, uint64_t, uint64_t) {
                       if (what == "learning pieces") throw std::runtime_error("stopped");
                     }),
               std::runtime_error);
}

TEST(UnigramTraining, ContradictionsAreRefused) {
  EXPECT_THROW(train(pieces(5), {"abcdefgh"}), TokenizerError);
  EXPECT_THROW(train(pieces(3), {"a"}), TokenizerError);
  UnigramTrainingOptions none = pieces(20);
  none.special_tokens.clear();
  EXPECT_THROW(train(none, {"a"}), TokenizerError);
  EXPECT_EQ(train(pieces(20), {}).vocab_size(), 3u);
}

}  // namespace
}  // namespace lmos::tokenizer
