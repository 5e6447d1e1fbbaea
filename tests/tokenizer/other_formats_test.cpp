// Tokenizers in formats other than tokenizer.json say the same as it, and files that can't be right
// are refused with a message that says where.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <cstring>
#include <fstream>

#include "llmasos/base64.hpp"
#include "tokenizer/any_kind.h"
#include "tokenizer/expected.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/sentencepiece_json.h"
#include "tokenizer_core/formats/tiktoken_json.h"
#include "tokenizer_core/formats/tokenizer_files.h"
#include "tokenizer_core/text/byte_alphabet.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

namespace fs = std::filesystem;

#define EXPECT_NAMES(message, part) EXPECT_PRED_FORMAT2(testing::IsSubstring, part, message)

template <typename Body>
std::string refusal(Body&& body) {
  try {
    body();
    return "";
  } catch (const TokenizerError& error) {
    return error.what();
  }
}

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "llmasos-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

 private:
  fs::path path_;
};

struct OtherFormat {
  const char* name;  // of the expected texts
  const char* file;
};

class PublishedInOtherFormats : public testing::TestWithParam<OtherFormat> {};

TEST_P(PublishedInOtherFormats, EncodeAndDecodeTheSame) {
  const auto data = test_data_folder();
  if (!data) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  const auto [name, file] = GetParam();
  const Tokenizer read = open_file(*data / "tokenizers" / file);
  const Tokenizer saved = open_json(read.json());
  for (const ExpectedText& expected :
       read_expected(*data / "expected/tokenizers" / ("dev." + std::string(name) + ".jsonl.gz"))) {
    SCOPED_TRACE(expected.text);
    for (const Tokenizer* tokenizer : {&read, &saved}) {
      EXPECT_EQ(tokenizer->encode(expected.text, false), expected.ids);
      EXPECT_EQ(tokenizer->encode(expected.text, true), expected.ids_special);
      EXPECT_EQ(tokenizer->decode(expected.ids, true), expected.decoded_skip);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, PublishedInOtherFormats,
    testing::Values(OtherFormat{"gpt2", "gpt2/vocab.json"},
                    OtherFormat{"bert-base-uncased", "bert-base-uncased/vocab.txt"},
                    OtherFormat{"bert-cased", "bert-cased/vocab.txt"},
                    OtherFormat{"bert-base-chinese", "bert-base-chinese/vocab.txt"}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::erase(name, '-');
      return name;
    });

// The lines of a tiktoken file for the first `count` ids of a byte-level tokenizer.
std::string tiktoken_lines(const Tokenizer& tokenizer, TokenId count) {
  std::vector<std::pair<std::string, char>> bytes;
  for (int byte = 0; byte < 256; ++byte)
    bytes.emplace_back(byte_character(static_cast<uint8_t>(byte)), static_cast<char>(byte));
  std::string lines;
  for (TokenId id = 0; id < count; ++id) {
    const std::string_view token = tokenizer.id_to_token(id);
    std::string spelled;
    for (size_t begin = 0, end = 0; begin < token.size(); begin = end) {
      end += character_bytes(token[begin]);
      for (const auto& [character, byte] : bytes) {
        if (character == token.substr(begin, end - begin)) spelled.push_back(byte);
      }
    }
    lines += sdk::encode_base64(spelled) + " " + std::to_string(id) + "\n";
  }
  return lines;
}

TEST(Tiktoken, EncodesLikeTheTokenizerJsonOfTheSameVocabulary) {
  const auto data = test_data_folder();
  if (!data) GTEST_SKIP() << "LLMASOS_TEST_DATA is not set";
  struct Vocabulary {
    const char* name;
    TokenId ranks;
    const char* file;
  };
  for (const auto& [name, ranks, file] : {Vocabulary{"gpt2", 50256, "gpt2.tiktoken"},
                                          Vocabulary{"llama3", 128000, "tokenizer.model"}}) {
    const Folder folder;
    folder.write(file, tiktoken_lines(open_file(*data / "tokenizers" / name), ranks));
    const Tokenizer tokenizer = open_file(folder.path());
    for (const ExpectedText& expected :
         read_expected(*data / "expected/tokenizers" / ("dev." + std::string(name) + ".jsonl.gz")))
      EXPECT_EQ(tokenizer.encode(expected.text, false), expected.ids) << expected.text;
  }
}

std::string byte_lines() {
  std::string lines;
  for (int byte = 0; byte < 256; ++byte)
    lines += sdk::encode_base64(std::string(1, static_cast<char>(byte))) + " " +
             std::to_string(byte) + "\n";
  return lines;
}

TEST(Tiktoken, MergesTheLowestRankAndTheLeftmost) {
  // "aa" is 256, "aaa" is 257: of "aaaa", the two halves merge; "aaa" begins at the left.
  const std::string lines = byte_lines() + "YWE= 256\nYWFh 257\n";
  const Tokenizer tokenizer =
      open_json(tiktoken_to_json(read_tiktoken_ranks(lines), "gpt2", TokenizerConfig()));
  EXPECT_EQ(tokenizer.encode("aaaa", false), (std::vector<TokenId>{256, 256}));
  EXPECT_EQ(tokenizer.encode("aaaaa", false), (std::vector<TokenId>{256, 257}));
}

TEST(Tiktoken, BadLinesAreNamed) {
  const auto with_line = [](const std::string& line) {
    return refusal([&] { read_tiktoken_ranks(byte_lines() + line); });
  };
  EXPECT_EQ(with_line("YWE= 256\r\n"), "");
  EXPECT_NAMES(with_line("YWE=256\n"), "line 257: expected a token in base64, a space");
  EXPECT_NAMES(with_line("Y-E= 256\n"), "line 257: the token is not base64");
  EXPECT_NAMES(with_line("YWE=Y 256\n"), "line 257: the token is not base64");
  EXPECT_NAMES(with_line(" 256\n"), "line 257: the token is not base64, or empty");
  EXPECT_NAMES(with_line("YWE= 2x\n"), "line 257: the rank");
  EXPECT_NAMES(with_line("YWE= 99999999999999999999\n"), "line 257: the rank");
  EXPECT_NAMES(with_line("YWE= 255\n"), "line 257: the rank 255 was given before");
  EXPECT_NAMES(with_line("YQ== 256\n"), "line 257: the token was given before");
  EXPECT_NAMES(refusal([] { read_tiktoken_ranks("YWE= 0\n"); }), "the byte 0 is no token");
  EXPECT_NAMES(refusal([] {
                 tiktoken_to_json(read_tiktoken_ranks(byte_lines() + "YWE= 2000000000\n"), "gpt2",
                                  TokenizerConfig());
               }),
               "the rank 2000000000 is out of range");
  EXPECT_NAMES(refusal([] {
                 tiktoken_to_json(read_tiktoken_ranks(byte_lines()), "mine", TokenizerConfig());
               }),
               "not known how the vocabulary splits text");
}

// Protocol-buffer fields by hand.
std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes.push_back(static_cast<char>((value & 127) | 128));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}
std::string number_field(uint32_t field, uint64_t value) {
  return varint(field << 3) + varint(value);
}
std::string text_field(uint32_t field, const std::string& text) {
  return varint(field << 3 | 2) + varint(text.size()) + text;
}
std::string float_field(uint32_t field, float value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return varint(field << 3 | 5) + bytes;
}
std::string piece(const std::string& text, float score, PieceType type = PieceType::kNormal) {
  return text_field(1, text_field(1, text) + float_field(2, score) +
                           number_field(3, static_cast<uint64_t>(type)));
}

std::string small_model(SentencePieceModel::Kind kind) {
  return piece("<unk>", 0, PieceType::kUnknown) + piece("<s>", 0, PieceType::kControl) +
         piece("\u2581", -1) + piece("a", -2) + piece("b", -3) + piece("ab", -4) +
         piece("\u2581ab", -5) + piece("[x]", 0, PieceType::kUserDefined) +
         text_field(2, number_field(3, static_cast<uint64_t>(kind)));
}

Tokenizer open_model(const std::string& bytes) {
  return open_json(sentencepiece_to_json(read_sentencepiece_model(bytes), {}));
}

TEST(SentencePieceModel, EveryKindButWordsIsRead) {
  using Kind = SentencePieceModel::Kind;
  const auto encode = [](Kind kind) {
    return open_model(small_model(kind)).encode("ab[x]?", false);
  };
  EXPECT_EQ(encode(Kind::kUnigram), (std::vector<TokenId>{6, 7, 0}));
  EXPECT_EQ(encode(Kind::kBpe), (std::vector<TokenId>{6, 7, 0}));
  EXPECT_EQ(encode(Kind::kCharacter), (std::vector<TokenId>{2, 3, 4, 7, 0}));
  EXPECT_NAMES(refusal([&] { encode(Kind::kWord); }), "whole words is not supported");
}

TEST(SentencePieceModel, DecodesUnknownAndControlPieces) {
  const Tokenizer tokenizer = open_model(small_model(SentencePieceModel::Kind::kBpe));
  EXPECT_EQ(tokenizer.decode(std::vector<TokenId>{1, 6, 0, 2, 7}, false), "ab \u2047  [x]");
}

TEST(SentencePieceModel, IsSavedForProgramsThatKnowNothingOfScores) {
  const std::string json = open_model(small_model(SentencePieceModel::Kind::kBpe)).json();
  EXPECT_NAMES(json, R"("merges":[["a","b"],)");
}

TEST(SentencePieceModel, EveryTruncationIsRefusedOrReadAsAFileThatEndsThere) {
  const std::string model = small_model(SentencePieceModel::Kind::kUnigram);
  for (size_t size = 0; size < model.size(); ++size)
    refusal([&] { open_model(model.substr(0, size)); });
  EXPECT_NAMES(refusal([&] { open_model(model.substr(0, model.size() - 1)); }), "at byte ");
}

TEST(SentencePieceModel, LyingLengthsAreRefused) {
  const auto read = [](const std::string& bytes) {
    return refusal([&] { read_sentencepiece_model(bytes); });
  };
  EXPECT_NAMES(read("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "is longer than the 0 bytes left");
  EXPECT_NAMES(read(std::string("\x0a\x05\x0a\x7f", 4) + "abc"), "is longer than the 3 bytes left");
  EXPECT_NAMES(read("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "more than ten bytes");
  EXPECT_NAMES(read("\x0a"), "the message ends inside a number");
  EXPECT_NAMES(read(std::string(100000, '\x0b')), "wire type 3, which is not supported");
  EXPECT_NAMES(read("\x08\x01"), "field 1 has the wire type 0 instead of 2");
  EXPECT_NAMES(read(std::string("\x00\x01", 2)), "number out of range");
}

TEST(SentencePieceModel, ContradictionsAreRefused) {
  const std::string model = small_model(SentencePieceModel::Kind::kUnigram);
  const auto with = [&](const std::string& more) {
    return refusal([&] { read_sentencepiece_model(model + more); });
  };
  EXPECT_EQ(with(piece("c", -6)), "");
  EXPECT_NAMES(with(piece("a", -6)), "the piece 'a' is there twice; the second has id 8");
  EXPECT_NAMES(with(piece("", -6)), "a piece is empty");
  EXPECT_NAMES(with(piece("\xff", -6)), "a piece is not valid UTF-8");
  EXPECT_NAMES(with(piece("c", NAN)), "the score of 'c' is not a finite number");
  EXPECT_NAMES(with(piece("c", 0, PieceType::kUnknown)), "2 unknown pieces instead of one");
  EXPECT_NAMES(with(piece("<0x41>", 0, PieceType::kByte)), "said to be a byte and is none");
  EXPECT_NAMES(with(text_field(2, number_field(35, 1))), "0 byte pieces instead of 256");
  EXPECT_NAMES(with(text_field(2, number_field(3, 9))), "unknown type 9");
  EXPECT_NAMES(refusal([&] { open_model(model + text_field(3, text_field(2, "abc"))); }),
               "the compiled normalisation map has fewer than 4 bytes");
  EXPECT_NAMES(
      refusal([&] { open_model(model + text_field(3, text_field(2, "\xff\xff\xff\xff"))); }),
      "says that its array has 4294967295 of the 0 bytes");
}

TEST(Folders, TheBestFileIsTaken) {
  const Folder folder;
  EXPECT_NAMES(refusal([&] { open_file(folder.path()); }), "no kind of tokenizer reads the file");
  EXPECT_NAMES(refusal([&] { read_as_tokenizer_json(folder.path()); }),
               "looked for tokenizer.json, *.model and *.spm (SentencePiece), *.tiktoken");
  folder.write("vocab.txt", "[UNK]\na\n##b\n");
  EXPECT_EQ(open_file(folder.path()).encode("AB", false), (std::vector<TokenId>{1, 2}));
  folder.write("spiece.model", small_model(SentencePieceModel::Kind::kUnigram));
  EXPECT_EQ(open_file(folder.path()).encode("ab", false), std::vector<TokenId>{6});
  folder.write("tokenizer_config.json", R"({"add_bos_token": true})");
  EXPECT_EQ(open_file(folder.path()).encode("ab", true), (std::vector<TokenId>{1, 6}));
  folder.write("tokenizer_config.json", R"({"add_bos_token": "yes"})");
  EXPECT_NAMES(refusal([&] { read_as_tokenizer_json(folder.path()); }),
               "tokenizer_config.json: add_bos_token: expected a boolean, found a string");
}

TEST(BytePairFiles, BadFilesAreNamed) {
  const Folder folder;
  folder.write("vocab.json", R"({"a": 0, "b": 1, "ab": 2})");
  const auto read = [&] { return refusal([&] { open_file(folder.path() / "vocab.json"); }); };
  EXPECT_NAMES(read(), "needs merges.txt beside it");
  folder.write("merges.txt", "#version: 0.2\na b\n");
  EXPECT_EQ(read(), "");
  folder.write("merges.txt", "#version: 0.2\na b c\n");
  EXPECT_NAMES(read(), "merges.txt: line 2: expected two symbols");
  folder.write("merges.txt", "a c\n");
  EXPECT_NAMES(read(), "merges.txt: line 1: the symbol 'c' is not in the vocabulary");
  folder.write("merges.txt", "#version: 0.2\na b\nab a\n");
  EXPECT_NAMES(read(), "merges.txt: line 3: the symbol 'aba' is not in the vocabulary");
  folder.write("merges.txt", "#version: 0.2\na \xff\n");
  EXPECT_NAMES(read(), "merges.txt: line 2: not valid UTF-8");
  folder.write("merges.txt", "a b\n");
  folder.write("vocab.json", R"({"a": 0, "b": 0, "ab": 2})");
  EXPECT_NAMES(read(), "vocab.json: the document: id 0 is given to both 'a' and 'b'");
  folder.write("vocab.json", R"({"a": 0, "b": 4000000000})");
  EXPECT_NAMES(read(), "vocab.json: ['b']: id 4000000000 is out of range for a vocabulary of 2");
  folder.write("vocab.json", R"({"a": 0, "b": -1})");
  EXPECT_NAMES(read(), "vocab.json: ['b']: expected an integer that is not negative");
  folder.write("vocab.json", R"({"a": 0, "b": 1, "ab": 2, "b": 3})");
  EXPECT_NAMES(read(), "the key 'b' is there twice");
  folder.write("vocab.json", R"({"a": 0, "b": )");
  EXPECT_NAMES(read(), "vocab.json: not valid JSON at byte");
}

// A vocabulary whose tokens were taken out keeps the ids of the others. An id without a token is
// one of the vocabulary and stands for no text.
TEST(IdsWithoutAToken, AreKeptAndDecodeToNothing) {
  const auto check = [](const Tokenizer& tokenizer, std::string_view text, TokenId id) {
    EXPECT_EQ(tokenizer.encode(text, false), std::vector<TokenId>{id});
    EXPECT_EQ(tokenizer.vocab_size(), id + 1);
    EXPECT_EQ(tokenizer.decode(std::vector<TokenId>{id - 1, id}, false), text);
    EXPECT_NAMES(refusal([&] { tokenizer.decode(std::vector<TokenId>{id + 1}, false); }),
                 "is out of range");
  };
  const Folder folder;
  folder.write("vocab.json", R"({"a": 0, "b": 1, "ab": 7})");
  folder.write("merges.txt", "a b\n");
  check(open_file(folder.path() / "vocab.json"), "ab", 7);
  check(open_json(tiktoken_to_json(read_tiktoken_ranks(byte_lines() + "YWI= 60000\n"), "gpt2",
                                   TokenizerConfig())),
        "ab", 60000);
  const auto word_piece = [](const std::string& vocabulary) {
    return R"({"model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": )" + vocabulary +
           R"(}, "pre_tokenizer": {"type": "Whitespace"}})";
  };
  check(open_json(word_piece(R"({"[UNK]": 0, "a": 1, "ab": 5})")), "ab", 5);
  EXPECT_NAMES(refusal([&] { open_json(word_piece(R"({"[UNK]": 0, "a": 1, "b": 1})")); }),
               "model.vocab: id 1 is given to both 'a' and 'b'");
  EXPECT_NAMES(refusal([&] { open_json(word_piece(R"({"[UNK]": 0, "a": 4000000000})")); }),
               "model.vocab['a']: id 4000000000 is out of range for a vocabulary of 2 tokens");
}

TEST(WordPieceFiles, BadLinesAreNamed) {
  const Folder folder;
  folder.write("vocab.txt", "[UNK]\na\na\n");
  EXPECT_NAMES(refusal([&] { read_as_tokenizer_json(folder.path()); }),
               "vocab.txt: line 3: the token 'a' was given before");
  folder.write("vocab.txt", "[UNK]\na\n\xff\n");
  EXPECT_NAMES(refusal([&] { read_as_tokenizer_json(folder.path()); }),
               "vocab.txt: line 3: the token is not valid UTF-8");
}

}  // namespace
}  // namespace lmos::tokenizer
