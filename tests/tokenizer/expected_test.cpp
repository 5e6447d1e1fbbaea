// Ids and texts equal those of Hugging Face tokenizers.
#include "tokenizer/expected.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include "tokenizer/any_kind.h"
#include "tokenizer_core/tokenizer.h"

namespace lmos::tokenizer {
namespace {

std::string decode_streaming(const Tokenizer& tokenizer, const std::vector<TokenId>& ids,
                             bool skip_special) {
  DecodeStream stream(tokenizer, skip_special);
  std::string text;
  for (const TokenId id : ids) stream.push(id, text);
  stream.finish(text);
  return text;
}

std::vector<std::pair<uint64_t, uint64_t>> character_offsets(const Encoding& encoding,
                                                             std::string_view text) {
  const auto characters = [&](uint32_t bytes) -> uint64_t {
    return std::ranges::count_if(text.substr(0, bytes),
                                 [](char byte) { return (byte & 0xC0) != 0x80; });
  };
  std::vector<std::pair<uint64_t, uint64_t>> offsets;
  for (const ByteRange range : encoding.offsets)
    offsets.emplace_back(characters(range.begin), characters(range.end));
  return offsets;
}

class Published : public testing::TestWithParam<const char*> {};

TEST_P(Published, EncodesAndDecodesLikeHuggingFace) {
  const auto data = test_data_folder();
  if (!data) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  const std::string name = GetParam();
  const Tokenizer tokenizer = open_file(*data / "tokenizers" / name);
  const auto texts = read_expected(*data / "expected/tokenizers" / ("dev." + name + ".jsonl.gz"));
  ASSERT_EQ(texts.size(), 217u);
  for (const ExpectedText& expected : texts) {
    SCOPED_TRACE(expected.text);
    EXPECT_EQ(tokenizer.encode(expected.text, false), expected.ids);
    EXPECT_EQ(tokenizer.encode(expected.text, true), expected.ids_special);
    const Windows windows = tokenizer.encode(expected.text, std::nullopt, false, std::nullopt);
    EXPECT_EQ(windows.at(0).ids, expected.ids);
    EXPECT_EQ(character_offsets(windows[0], expected.text), expected.offsets);
    EXPECT_EQ(tokenizer.encode(expected.text, std::nullopt, true, std::nullopt).at(0).ids,
              expected.ids_special);
    EXPECT_EQ(tokenizer.decode(expected.ids, false), expected.decoded);
    EXPECT_EQ(tokenizer.decode(expected.ids, true), expected.decoded_skip);
    EXPECT_EQ(decode_streaming(tokenizer, expected.ids, false), expected.decoded);
  }
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, Published,
                         testing::Values("gpt2", "llama3", "phi-3-mini", "roberta-base", "clip",
                                         "chatglm", "t5-small", "marian-nmt", "bert-base-uncased",
                                         "bert-base-chinese", "bert-cased"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

struct SentencePieceFile {
  const char* name;  // of the expected texts
  const char* file;
};

class PublishedSentencePiece : public testing::TestWithParam<SentencePieceFile> {};

TEST_P(PublishedSentencePiece, EncodesAndDecodesLikeSentencePiece) {
  const auto data = test_data_folder();
  if (!data) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  const auto [name, file] = GetParam();
  const Tokenizer read = open_file(*data / "tokenizers" / file);
  const Tokenizer saved = open_json(read.json());
  const auto texts =
      read_expected(*data / "expected/tokenizers" / ("dev." + std::string(name) + ".jsonl.gz"));
  ASSERT_EQ(texts.size(), 217u);
  for (const Tokenizer* tokenizer : {&read, &saved}) {
    for (const ExpectedText& expected : texts) {
      SCOPED_TRACE(expected.text);
      EXPECT_EQ(tokenizer->encode(expected.text, false), expected.ids);
      EXPECT_EQ(tokenizer->encode(expected.text, std::nullopt, false, std::nullopt).at(0).ids,
                expected.ids);
      EXPECT_EQ(tokenizer->decode(expected.ids, false), expected.decoded);
      EXPECT_EQ(decode_streaming(*tokenizer, expected.ids, false), expected.decoded);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PublishedSentencePiece,
                         testing::Values(SentencePieceFile{"llama2-spm", "llama2/tokenizer.model"},
                                         SentencePieceFile{"t5-spm", "t5-small/spiece.model"},
                                         SentencePieceFile{"marian-spm",
                                                           "marian-nmt/vocab.joint.spm"},
                                         SentencePieceFile{"ja-unigram-spm", "ja-unigram"}),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           std::erase(name, '-');
                           return name;
                         });

// Offsets that tokenizers 0.23 gives where the compiled map removes characters: of what begins the
// text no trace is kept, so what follows comes from there.
TEST(T5, RemovedCharactersShiftOffsetsAsTheyDoElsewhere) {
  const auto data = test_data_folder();
  if (!data) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  const Tokenizer tokenizer = open_file(*data / "tokenizers/t5-small");
  const auto offsets = [&](std::string_view text) {
    return character_offsets(tokenizer.encode(text, std::nullopt, false, std::nullopt).at(0), text);
  };
  using Offsets = decltype(offsets(""));
  EXPECT_EQ(offsets("\vab cd"), (Offsets{{0, 2}, {3, 4}, {3, 4}, {4, 5}}));
  EXPECT_EQ(offsets("ab\vcd"), (Offsets{{0, 2}, {3, 4}, {4, 5}}));
  EXPECT_EQ(offsets("\v\u337F"), (Offsets{{0, 1}, {0, 1}}));
  EXPECT_EQ(offsets("\u337F\v"), (Offsets{{0, 1}, {0, 2}}));
  EXPECT_EQ(offsets("\u2026\v\v\vb c"), (Offsets{{0, 1}, {0, 2}, {4, 5}, {6, 7}, {6, 7}}));
}

// U+0605 joins the character after it into a cluster that begins with nothing to replace.
TEST(Marian, CharactersThatJoinTheNextOneKeepItsMarks) {
  const auto data = test_data_folder();
  if (!data) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  const Tokenizer tokenizer = open_file(*data / "tokenizers/marian-nmt");
  EXPECT_EQ(tokenizer.encode("\u0006\U0001D1430\u0605_\u07FD", false),
            (std::vector<TokenId>{278, 1, 286, 1, 1644, 1}));
}

TEST(Stories260K, EncodesPromptsAndDecodesTheirContinuations) {
  const auto data = test_data_folder();
  if (!data) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  const std::filesystem::path folder = *data / "models/stories260K";
  const Tokenizer tokenizer = open_file(folder);
  std::ifstream stream(folder / "expected.json");
  const std::string json(std::istreambuf_iterator<char>(stream), {});
  const boost::json::value expected = boost::json::parse(json);
  ASSERT_FALSE(expected.as_array().empty());
  for (const boost::json::value& story : expected.as_array()) {
    const auto ids = [&](const char* key) {
      return boost::json::value_to<std::vector<TokenId>>(story.at(key));
    };
    EXPECT_EQ(tokenizer.encode(boost::json::value_to<std::string>(story.at("prompt")), true),
              ids("prompt_ids"));
    EXPECT_EQ(tokenizer.decode(ids("greedy_ids"), true),
              boost::json::value_to<std::string>(story.at("text")));
  }
}

}  // namespace
}  // namespace lmos::tokenizer
