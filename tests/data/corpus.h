// Small corpora for tests: a byte for a token, documents from a list, a folder of their own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/tokenize.h"

namespace lmos::data {

// Removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            ("llmasos-" + std::to_string(::getpid()) + "-" + test->name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline TextDocuments documents_of(std::vector<std::string> texts) {
  TextDocuments documents;
  std::string fingerprint;
  for (const std::string& text : texts) {
    documents.total_bytes += text.size();
    fingerprint += std::to_string(text.size()) + ":" + text;
  }
  documents.fingerprint = [fingerprint] { return fingerprint; };
  documents.next = [texts = std::move(texts), next = size_t{0}](std::string& text) mutable {
    if (next == texts.size()) return false;
    text = texts[next++];
    return true;
  };
  return documents;
}

inline std::vector<int32_t> bytes_of(std::string_view text) {
  std::vector<int32_t> ids;
  for (char byte : text) ids.push_back(static_cast<unsigned char>(byte));
  return ids;
}

inline constexpr int32_t kEndOfText = 256;

// Ids are bytes; kEndOfText ends documents where asked for.
inline TextEncoder byte_encoder(uint32_t vocab_size = 257) {
  return {.identity = "bytes", .vocab_size = vocab_size, .encode = bytes_of};
}

inline std::shared_ptr<const TokenStream> stream_of(const std::filesystem::path& folder,
                                                    std::vector<std::string> texts, bool closed,
                                                    uint64_t shard_tokens = 1000) {
  return std::make_shared<TokenStream>(tokenize(documents_of(std::move(texts)), byte_encoder(),
                                                {.cache_folder = folder,
                                                 .end_of_text = closed ? kEndOfText : -1,
                                                 .shard_tokens = shard_tokens}));
}

// All tokens; kEndOfText as '|'.
inline std::string text_of(const TokenStream& stream) {
  std::vector<int32_t> ids(stream.tokens());
  stream.read(0, ids);
  std::string text;
  for (int32_t id : ids) text += id == kEndOfText ? '|' : static_cast<char>(id);
  return text;
}

}  // namespace lmos::data
