// Training is deterministic, keeps its options, and what it learned encodes its text.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tokenizer/any_kind.h"
#include "tokenizer_bpe/train/training.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_wordpiece/train/training.h"

namespace lmos::tokenizer {
namespace {

Tokenizer train(const TrainingOptions& options, const std::vector<std::string>& texts) {
  size_t next = 0;
  return train_tokenizer(options, {[&]() -> std::optional<std::string_view> {
                                     if (next == texts.size()) return std::nullopt;
                                     return texts[next++];
                                   },
                                   0, [](std::string_view, uint64_t, uint64_t) {}});
}

TrainingOptions byte_level(uint64_t vocab_size) {
  TrainingOptions options;
  options.vocab_size = vocab_size;
  return options;
}

TEST(ByteLevelTraining, TakesTheMostFrequentPairAndTheLowestIdsFirst) {
  // 4 times "ab", 2 times "cd" and "ef": ids follow the alphabet, so "cd" is before "ef".
  const Tokenizer tokenizer = train(byte_level(259), {"ab ab ab ab", "ef ef", "cd cd"});
  EXPECT_EQ(tokenizer.id_to_token(256), "ab");
  EXPECT_EQ(tokenizer.id_to_token(257), "\u0120ab");
  EXPECT_EQ(tokenizer.id_to_token(258), "cd");
}

TEST(ByteLevelTraining, StopsWherePairsAreRare) {
  TrainingOptions options = byte_level(1000);
  options.min_frequency = 3;
  EXPECT_EQ(train(options, {"ab ab ab cd cd"}).vocab_size(), 257u);
}

TEST(ByteLevelTraining, OverlappingPairsAreCountedOnce) {
  const Tokenizer tokenizer = train(byte_level(300), {"aaaaaaa aaaaaaa"});
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("aaaaaaa", false), false), "aaaaaaa");
  EXPECT_EQ(tokenizer.encode("aaaaaaa", false).size(), 1u);
}

TEST(ByteLevelTraining, SpecialTokensComeFirstAndAreNotLearned) {
  TrainingOptions options = byte_level(300);
  options.special_tokens = {"<|end|>", "<|pad|>"};
  const Tokenizer tokenizer = train(options, {"ab<|end|>ab<|end|>ab<|end|>"});
  EXPECT_EQ(tokenizer.token_to_id("<|end|>"), 0u);
  EXPECT_EQ(tokenizer.token_to_id("<|pad|>"), 1u);
  EXPECT_EQ(tokenizer.vocab_size(), 259u);  // and "ab"
  EXPECT_EQ(tokenizer.encode("ab<|end|>", true), (std::vector<TokenId>{258, 0}));
}

TEST(ByteLevelTraining, APatternSplitsWords) {
  TrainingOptions options = byte_level(300);
  options.pattern = R"(\p{L}|[^\p{L}])";
  EXPECT_EQ(train(options, {"ab ab ab"}).vocab_size(), 256u);
}

TEST(ByteLevelTraining, TheSameTextGivesTheSameFile) {
  const std::vector<std::string> texts = {"the cat sat on the mat", "the dog sat on the log"};
  const Tokenizer once = train(byte_level(280), texts), again = train(byte_level(280), texts);
  EXPECT_EQ(once.json(), again.json());
  const Tokenizer loaded = open_json(once.json());
  EXPECT_EQ(loaded.encode("the rat", true), once.encode("the rat", true));
}

TEST(ByteLevelTraining, ProgressIsReportedAndStops) {
  std::vector<std::string> seen;
  bool given = false;
  const std::function<std::optional<std::string_view>()> text =
      [&]() -> std::optional<std::string_view> {
    if (std::exchange(given, true)) return std::nullopt;
    return "ab ab ab";
  };
  const TrainingProgress progress = [&](std::string_view what, uint64_t done, uint64_t total) {
    seen.push_back(std::string(what) + " " + std::to_string(done) + "/" + std::to_string(total));
    if (what == "learning merges") throw std::runtime_error("stopped");
  };
  EXPECT_THROW(train_tokenizer(byte_level(260), {text, 8, progress}), std::runtime_error);
  EXPECT_EQ(seen, (std::vector<std::string>{"reading text 8/8", "learning merges 256/260"}));
}

TEST(CharacterTraining, TakesTheDistinctCharactersInOrder) {
  TrainingOptions options;
  options.kind = TrainingKind::kCharacters;
  const Tokenizer tokenizer = train(options, {"ba\n", "你 b"});
  EXPECT_EQ(tokenizer.vocab_size(), 5u);
  EXPECT_EQ(tokenizer.encode("\n ab你", true), (std::vector<TokenId>{0, 1, 2, 3, 4}));
  EXPECT_EQ(tokenizer.decode(std::vector<TokenId>{4, 3, 2, 1, 0}, true), "你ba \n");
}

TEST(CharacterTraining, UnknownCharactersHaveAToken) {
  TrainingOptions options;
  options.kind = TrainingKind::kCharacters;
  options.special_tokens = {"<unk>"};
  options.unknown_token = "<unk>";
  EXPECT_EQ(train(options, {"ab"}).encode("axb", true), (std::vector<TokenId>{1, 0, 2}));
}

Tokenizer train_words(const WordPieceTrainingOptions& options,
                      const std::vector<std::string>& texts) {
  size_t next = 0;
  return train_wordpiece(options, {[&]() -> std::optional<std::string_view> {
                                     if (next == texts.size()) return std::nullopt;
                                     return texts[next++];
                                   },
                                   0, [](std::string_view, uint64_t, uint64_t) {}});
}

TEST(WordPieceTraining, MergesPairsInsideWords) {
  const Tokenizer tokenizer =
      train_words({.vocab_size = 14}, {"Hug hug hug. H\u00fcgs", "pug pug [MASK]"});
  // Special tokens, the alphabet, the pieces that go on in the order of the words, merges.
  const std::vector<std::string> expected = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
                                             ".",     "g",     "h",     "p",     "s",
                                             "u",     "##u",   "##g",   "##s"};
  ASSERT_EQ(tokenizer.vocab_size(), expected.size());
  for (TokenId id = 0; id < expected.size(); ++id)
    EXPECT_EQ(tokenizer.id_to_token(id), expected[id]);

  const Tokenizer merged = train_words({.vocab_size = 17}, {"Hug hug hug. H\u00fcgs", "pug pug"});
  EXPECT_EQ(merged.id_to_token(14), "##ug");
  EXPECT_EQ(merged.id_to_token(15), "hug");
  EXPECT_EQ(merged.id_to_token(16), "pug");
  EXPECT_EQ(merged.encode("Hugs pug", true), (std::vector<TokenId>{2, 15, 13, 16, 3}));
  EXPECT_EQ(merged.encode("x", false), (std::vector<TokenId>{1}));
  EXPECT_EQ(merged.decode(merged.encode("hugs pug.", true), true), "hugs pug.");
}

TEST(WordPieceTraining, RareCharactersAreLeftOut) {
  const Tokenizer tokenizer =
      train_words({.limit_alphabet = 2, .lowercase = false}, {"Aab Aab Aa"});
  EXPECT_EQ(tokenizer.token_to_id("b"), kNoToken);
  EXPECT_EQ(tokenizer.encode("Aab", false), (std::vector<TokenId>{1}));
  EXPECT_NE(tokenizer.token_to_id("A"), kNoToken);
}

TEST(WordPieceTraining, ContradictionsAreRefused) {
  EXPECT_THROW(train_words({.vocab_size = 6}, {"ab"}), TokenizerError);
  EXPECT_THROW(train_words({.special_tokens = {"[CLS]"}}, {"ab"}), TokenizerError);
}

TEST(TrainingOptions, ContradictionsAreRefused) {
  EXPECT_THROW(train(byte_level(255), {"a"}), TokenizerError);
  EXPECT_THROW(train(byte_level(300), {"\xFF"}), TokenizerError);
  TrainingOptions twice = byte_level(300);
  twice.special_tokens = {"<a>", "<a>"};
  EXPECT_THROW(train(twice, {"a"}), TokenizerError);
  TrainingOptions pattern = byte_level(300);
  pattern.pattern = "(";
  EXPECT_THROW(train(pattern, {"a"}), TokenizerError);
  TrainingOptions characters;
  characters.kind = TrainingKind::kCharacters;
  characters.vocab_size = 2;
  EXPECT_THROW(train(characters, {"abc"}), TokenizerError);
  characters.unknown_token = "<unk>";
  EXPECT_THROW(train(characters, {"a"}), TokenizerError);
}

}  // namespace
}  // namespace lmos::tokenizer
