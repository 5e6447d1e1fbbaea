// Vocabularies of GGUF files encode as llama.cpp does.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

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

}  // namespace
}  // namespace lmos::tokenizer
