// Vocabularies of GGUF files encode as llama.cpp does.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

#include "errors/error.h"
#include "formats/gguf_text.h"
#include "formats/gguf_tokenizer.h"
#include "tokenizer/any_kind.h"
#include "tokenizer/expected.h"

namespace lmos::tokenizer {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Texts stand between lines of their own that say __ggml_vocab_test__.
std::vector<std::string> read_texts(const std::filesystem::path& file) {
  const std::string all = text_of(file), separator = "\n__ggml_vocab_test__\n";
  std::vector<std::string> texts;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find(separator, begin), all.size());
    texts.push_back(all.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return texts;
}

// A line of ids a text.
std::vector<std::vector<TokenId>> read_ids(const std::filesystem::path& file) {
  std::vector<std::vector<TokenId>> ids;
  std::istringstream lines(text_of(file));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream numbers(line);
    ids.emplace_back(std::istream_iterator<TokenId>(numbers), std::istream_iterator<TokenId>());
  }
  return ids;
}

class GgufVocabularies : public testing::TestWithParam<const char*> {};

TEST_P(GgufVocabularies, EncodeLikeLlamaCpp) {
  const auto data = test_data_folder();
  if (!data) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  const std::string path =
      *data / "expected/gguf-vocab" / ("ggml-vocab-" + std::string(GetParam()) + ".gguf");
  const GgufFile file(path);
  const Tokenizer read = open_json(tokenizer_json_from_gguf(file.metadata(), path));
  const Tokenizer saved = open_json(read.json());
  const auto texts = read_texts(path + ".inp");
  const auto ids = read_ids(path + ".out");
  ASSERT_EQ(texts.size(), ids.size());
  ASSERT_EQ(texts.size(), 46u);
  for (size_t i = 0; i < texts.size(); ++i) {
    SCOPED_TRACE(texts[i]);
    EXPECT_EQ(read.encode(texts[i], false), ids[i]);
    EXPECT_EQ(saved.encode(texts[i], false), ids[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, GgufVocabularies,
                         testing::Values("bert-bge", "deepseek-coder", "gpt-2", "llama-spm",
                                         "phi-3"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

std::string strings(const std::vector<std::string>& texts) {
  std::string elements;
  for (const std::string& text : texts) elements += gguf_string(text);
  return gguf_array(GgufType::kString, texts.size(), elements);
}

std::string floats(const std::vector<float>& values) {
  std::string elements;
  for (const float value : values) elements += gguf_numbers(value);
  return gguf_array(GgufType::kFloat32, values.size(), elements);
}

std::string text_entry(std::string_view key, std::string_view value) {
  return gguf_entry("tokenizer.ggml." + std::string(key), GgufType::kString, gguf_string(value));
}

std::string array_entry(std::string_view key, const std::string& value) {
  return gguf_entry("tokenizer.ggml." + std::string(key), GgufType::kArray, value);
}

// The message of the refusal; empty where the vocabulary was taken.
std::string refusal(const std::vector<std::string>& entries) {
  const std::string bytes = gguf_file({.entries = entries});
  const GgufContents file = parse_gguf(std::as_bytes(std::span(bytes)), "made.gguf");
  try {
    open_json(tokenizer_json_from_gguf(file.metadata, "made.gguf"));
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

#define EXPECT_NAMES(message, part) EXPECT_PRED_FORMAT2(testing::IsSubstring, part, message)

TEST(BadGgufVocabulary, IsRefusedByKeyAndReason) {
  const std::string llama = text_entry("model", "llama");
  const std::string tokens = array_entry("tokens", strings({"<unk>", "a", "b", "ab"}));
  const std::string scores = array_entry("scores", floats({0, -1, -2, -3}));
  EXPECT_EQ(refusal({llama, tokens, scores}), "");
  EXPECT_NAMES(refusal({}), "made.gguf: the file holds no vocabulary");
  EXPECT_NAMES(refusal({llama, tokens}), "tokenizer.ggml.scores\": is missing");
  EXPECT_NAMES(refusal({llama, tokens, array_entry("scores", floats({0, 1}))}),
               "tokenizer.ggml.scores\": has 2 elements for 4 tokens");
  EXPECT_NAMES(refusal({llama, tokens, array_entry("scores", floats({0, 1, 2, NAN}))}),
               "a score is not a finite number");
  EXPECT_NAMES(refusal({llama, scores, array_entry("tokens", strings({"a", "b", "a", "c"}))}),
               "'a' is there twice; the second has id 2");
  EXPECT_NAMES(refusal({llama, scores, array_entry("tokens", strings({"a", "\xff", "c", "d"}))}),
               "token 1 is not valid UTF-8");
  EXPECT_NAMES(refusal({llama, tokens, scores,
                        gguf_entry("tokenizer.ggml.bos_token_id", GgufType::kUint32,
                                   gguf_numbers(uint32_t{4}))}),
               "tokenizer.ggml.bos_token_id\": id 4 is not one of the 4 tokens");
  EXPECT_NAMES(refusal({text_entry("model", "rwkv"), tokens, scores}),
               "'rwkv' is not supported; supported are gpt2, llama, bert and t5");
  EXPECT_NAMES(refusal({text_entry("model", "gpt2"), tokens, text_entry("pre", "mine")}),
               "tokenizer.ggml.pre\": 'mine' is not known; known are default, llama-bpe");
}

TEST(BadGgufVocabulary, MergesAreOfTokensThatAreThere) {
  const auto with_merge = [](const std::string& merge) {
    return refusal({text_entry("model", "gpt2"), text_entry("pre", "gpt-2"),
                    array_entry("tokens", strings({"a", "b", "ab", "c"})),
                    array_entry("merges", strings({"a b", merge}))});
  };
  EXPECT_EQ(refusal({text_entry("model", "gpt2"), text_entry("pre", "gpt-2"),
                     array_entry("tokens", strings({"a", "b", "ab", "c"})),
                     array_entry("merges", strings({"a b"}))}),
            "");
  EXPECT_NAMES(with_merge("a d"),
               "tokenizer.ggml.merges\": element 1, 'a d': 'd' is not one of the tokens");
  EXPECT_NAMES(with_merge("d a"), "element 1, 'd a': 'd' is not one of the tokens");
  EXPECT_NAMES(with_merge("ab c"), "element 1, 'ab c': 'abc' is not one of the tokens");
  EXPECT_NAMES(with_merge("ab"), "element 1, 'ab', is not two tokens with a space between");
  EXPECT_NAMES(with_merge("a "), "element 1, 'a ', is not two tokens with a space between");
  EXPECT_NAMES(with_merge(""), "element 1, '', is not two tokens with a space between");
}

TEST(GgufVocabulary, AMergeOfVersionIsNoComment) {
  const std::string bytes =
      gguf_file({.entries = {text_entry("model", "gpt2"), text_entry("pre", "gpt-2"),
                             array_entry("tokens", strings({"#version", "b", "#versionb"})),
                             array_entry("merges", strings({"#version b"}))}});
  const GgufContents file = parse_gguf(std::as_bytes(std::span(bytes)), "made.gguf");
  EXPECT_NAMES(tokenizer_json_from_gguf(file.metadata, "made.gguf"),
               R"("merges":[["#version","b"]])");
}

TEST(GgufVocabulary, SpecialTokensStandAroundTexts) {
  const std::string bytes = gguf_file(
      {.entries = {
           text_entry("model", "llama"),
           array_entry("tokens", strings({"<unk>", "<s>", "\u2581", "a", "\u2581a"})),
           array_entry("scores", floats({0, 0, -1, -2, -3})),
           array_entry("token_type", gguf_array(GgufType::kInt32, 5, gguf_numbers(2, 3, 1, 1, 1))),
           gguf_entry("tokenizer.ggml.bos_token_id", GgufType::kUint32,
                      gguf_numbers(uint32_t{1}))}});
  const GgufContents file = parse_gguf(std::as_bytes(std::span(bytes)), "made.gguf");
  const Tokenizer tokenizer = open_json(tokenizer_json_from_gguf(file.metadata, "made.gguf"));
  EXPECT_EQ(tokenizer.encode("a<s>a", true), (std::vector<TokenId>{1, 4, 1, 4}));
  EXPECT_EQ(tokenizer.decode(std::vector<TokenId>{1, 4}, true), "a");
}

}  // namespace
}  // namespace lmos::tokenizer
