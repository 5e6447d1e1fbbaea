#include "data/token_stream.h"

#include <gtest/gtest.h>

#include "corpus.h"
#include "errors/error.h"

namespace lmos::data {
namespace {

struct TokenStreams : testing::Test {
  TemporaryFolder folder;
  const std::vector<std::string> texts = {"abc", "d", "efghij", "kl", "mnopqrstuvw", "xyz"};
  const std::string all = "abc|d|efghij|kl|mnopqrstuvw|xyz|";
};

TEST_F(TokenStreams, ReadsAcrossShards) {
  for (uint64_t shard_tokens : {1, 4, 9, 1000}) {
    const auto stream = stream_of(folder.path(), texts, true, shard_tokens);
    ASSERT_EQ(stream->tokens(), all.size());
    for (size_t begin = 0; begin <= all.size(); ++begin)
      for (size_t end = begin; end <= all.size(); ++end) {
        std::vector<int32_t> ids(end - begin);
        stream->read(begin, ids);
        for (size_t i = 0; i < ids.size(); ++i)
          ASSERT_EQ(ids[i], all[begin + i] == '|' ? kEndOfText : all[begin + i]);
      }
  }
}

TEST_F(TokenStreams, FindsDocuments) {
  for (uint64_t shard_tokens : {1, 4, 9, 1000}) {
    const auto stream = stream_of(folder.path(), texts, true, shard_tokens);
    ASSERT_EQ(stream->documents(), texts.size());
    uint64_t begin = 0;
    for (size_t d = 0; d < texts.size(); ++d) {
      EXPECT_EQ(stream->document_begin(d), begin);
      EXPECT_EQ(stream->documents_before(begin), d);
      EXPECT_EQ(stream->documents_before(begin + 1), d + 1);
      begin += texts[d].size() + 1;
    }
    EXPECT_EQ(stream->documents_before(begin), texts.size());
    EXPECT_EQ(stream->documents_before(begin + 100), texts.size());
  }
}

TEST_F(TokenStreams, CountsTextBytes) {
  for (uint64_t shard_tokens : {1, 9, 1000}) {
    const auto stream = stream_of(folder.path(), texts, true, shard_tokens);
    EXPECT_EQ(stream->text_bytes(), 26u);
    // Exact at document borders: the end-of-text tokens are no text.
    EXPECT_DOUBLE_EQ(stream->text_bytes(0, stream->document_begin(3)), 10);
    EXPECT_DOUBLE_EQ(stream->text_bytes(stream->document_begin(2), stream->document_begin(4)), 8);
    EXPECT_DOUBLE_EQ(stream->text_bytes(0, stream->tokens()), 26);
    // Two of the four tokens of "abc|".
    EXPECT_DOUBLE_EQ(stream->text_bytes(1, 3), 1.5);
  }
}

TEST_F(TokenStreams, ReadingPastTheEndIsAnError) {
  const auto stream = stream_of(folder.path(), texts, true);
  std::vector<int32_t> ids(2);
  EXPECT_THROW(stream->read(all.size() - 1, ids), Error);
  EXPECT_THROW(stream->read(UINT64_MAX, ids), Error);
  EXPECT_THROW(stream->document_begin(texts.size()), Error);
}

}  // namespace
}  // namespace lmos::data
