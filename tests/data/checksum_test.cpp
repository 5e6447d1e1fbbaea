#include "data/checksum.h"

#include <gtest/gtest.h>

#include <string>

namespace lmos::data {
namespace {

// Values of the reference implementation (xxhsum -H1).
TEST(Checksum, EqualsXxh64) {
  EXPECT_EQ(checksum(""), 0xEF46DB3751D8E999u);
  EXPECT_EQ(checksum("a"), 0xD24EC4F1A98C6E5Bu);
  EXPECT_EQ(checksum("abc"), 0x44BC2CF5AD770999u);
  EXPECT_EQ(checksum("Nobody inspects the spammish repetition"), 0xFBCEA83C8A378BF1u);
}

TEST(Checksum, DoesNotDependOnTheCut) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 37);
  const auto bytes = std::as_bytes(std::span(text));
  for (size_t size = 0; size < text.size(); size += 7) {
    const uint64_t expected = checksum(std::string_view(text).substr(0, size));
    for (size_t piece : {1, 5, 31, 32, 33, 100}) {
      Checksum sum;
      for (size_t at = 0; at < size; at += piece)
        sum.update(bytes.subspan(at, std::min(piece, size - at)));
      EXPECT_EQ(sum.value(), expected) << size << " bytes in pieces of " << piece;
    }
  }
}

TEST(Checksum, SeesOneBitAndTheSeed) {
  std::string text(1000, 'x');
  const uint64_t before = checksum(text);
  text[517] ^= 1;
  EXPECT_NE(checksum(text), before);
  EXPECT_NE(checksum(text, 1), checksum(text, 2));
}

}  // namespace
}  // namespace lmos::data
