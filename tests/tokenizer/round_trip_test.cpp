// Byte-level tokenizers lose nothing, however long, odd or broken up the text is.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <thread>

#include "tokenizer/any_kind.h"
#include "tokenizer/small_tokenizer.h"
#include "tokenizer_core/text/utf8.h"
#include "tokenizer_core/tokenizer.h"

namespace lmos::tokenizer {
namespace {

std::string random_text(std::mt19937& random) {
  const auto below = [&](uint32_t limit) { return static_cast<char32_t>(random() % limit); };
  std::string text;
  for (size_t left = random() % 60; left > 0; --left) {
    char32_t character = below(0x80);
    if (random() % 4 == 0) character = below(0x800);
    if (random() % 4 == 0) character = below(0xD800);
    if (random() % 8 == 0) character = 0xE000 + below(0x110000 - 0xE000);
    append_character(text, character);
    if (random() % 5 == 0) text += "hello";
  }
  return text;
}

TEST(RoundTrip, RandomTextComesBack) {
  const Tokenizer tokenizer = open_json(byte_level_json());
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = random_text(random);
    ASSERT_EQ(tokenizer.decode(tokenizer.encode(text, false), false), text);
  }
}

TEST(RoundTrip, MergesAndSpecialTokensHaveTheirIds) {
  const Tokenizer tokenizer = open_json(byte_level_json());
  EXPECT_EQ(tokenizer.encode("hello<|end|>hell", true), (std::vector<TokenId>{260, 259, 260, 258}));
  EXPECT_EQ(tokenizer.decode(std::vector<TokenId>{260, 259, 260}, true), "hello");
  EXPECT_EQ(tokenizer.decode(std::vector<TokenId>{260, 259}, false), "<|end|>hello");
  EXPECT_EQ(tokenizer.token_to_id("hello"), 259u);
  EXPECT_EQ(tokenizer.token_to_id("<|end|>"), 260u);
  EXPECT_EQ(tokenizer.token_to_id("absent"), kNoToken);
  EXPECT_EQ(tokenizer.id_to_token(258), "hell");
}

// A quadratic step would take hours here.
TEST(RoundTrip, AWordOfAMegabyteIsEncoded) {
  const Tokenizer tokenizer = open_json(byte_level_json());
  for (const std::string_view part : {"hello", "l", "\xF0\x9F\x98\x80"}) {
    std::string text;
    while (text.size() < 1 << 20) text += part;
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text, false), false), text);
  }
  const std::string spaces(1 << 20, ' ');
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(spaces + "x", false), false), spaces + "x");
}

TEST(RoundTrip, ThreadsShareATokenizer) {
  const Tokenizer tokenizer = open_json(byte_level_json());
  std::vector<std::jthread> threads;
  std::array<bool, 4> same{};
  for (unsigned thread = 0; thread < same.size(); ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(thread);
      same[thread] = true;
      for (int i = 0; i < 500; ++i) {
        const std::string text = random_text(random);
        if (tokenizer.decode(tokenizer.encode(text, false), false) != text) same[thread] = false;
      }
    });
  }
  threads.clear();
  for (const bool thread_same : same) EXPECT_TRUE(thread_same);
}

// Any ids, also those that spell broken UTF-8.
TEST(Streaming, PiecesAreWholeCharactersAndMakeUpTheWhole) {
  const Tokenizer tokenizer = open_json(byte_level_json());
  std::mt19937 random(2);
  for (int i = 0; i < 5000; ++i) {
    std::vector<TokenId> ids(random() % 40);
    for (TokenId& id : ids) id = random() % 261;
    DecodeStream stream(tokenizer, false);
    std::string together;
    for (const TokenId id : ids) {
      std::string piece;
      stream.push(id, piece);
      ASSERT_EQ(find_invalid_utf8(piece), std::string::npos);
      together += piece;
    }
    stream.finish(together);
    ASSERT_EQ(find_invalid_utf8(together), std::string::npos);
    ASSERT_EQ(together, tokenizer.decode(ids, false));
  }
}

TEST(Streaming, ACharacterComesWithItsLastByte) {
  const Tokenizer tokenizer = open_json(byte_level_json());
  const std::vector<TokenId> ids = tokenizer.encode("\xE4\xBD\xA0!", false);
  ASSERT_EQ(ids.size(), 4u);
  DecodeStream stream(tokenizer, false);
  std::string text;
  stream.push(ids[0], text);
  stream.push(ids[1], text);
  EXPECT_EQ(text, "");
  stream.push(ids[2], text);
  EXPECT_EQ(text, "\xE4\xBD\xA0");
  stream.push(ids[0], text);
  EXPECT_EQ(text, "\xE4\xBD\xA0");
  stream.push(ids[3], text);
  EXPECT_EQ(text, "\xE4\xBD\xA0\xEF\xBF\xBD!");
  stream.push(ids[0], text);
  stream.finish(text);
  EXPECT_EQ(text, "\xE4\xBD\xA0\xEF\xBF\xBD!\xEF\xBF\xBD");
}

}  // namespace
}  // namespace lmos::tokenizer
