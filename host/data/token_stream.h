// A tokenised corpus: all its documents as one stream of tokens.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "data/token_shard.h"

namespace lmos::data {

// Tokens and documents are numbered from 0 over all shards. [any-thread]
class TokenStream {
 public:
  // Opens and checks every shard in `folder`. Error(kInput) as TokenShard, or when a shard is
  // missing.
  TokenStream(const std::filesystem::path& folder, const CorpusKey& key);

  uint64_t tokens() const { return first_tokens_.back(); }
  uint64_t documents() const { return first_documents_.back(); }
  // Whether every document ends with an end-of-text token.
  bool closed() const { return shards_.front().closed(); }

  // ids of tokens [begin, begin + ids.size()). Error(kInternal) past the end.
  void read(uint64_t begin, std::span<int32_t> ids) const;

  // How many documents begin before `token`, which may be tokens() or more.
  uint64_t documents_before(uint64_t token) const;
  // Error(kInternal) past the end.
  uint64_t document_begin(uint64_t document) const;

  // UTF-8 bytes of the text of tokens [begin, end): exact where both are document borders; within a
  // document, its bytes are taken as spread evenly over its tokens.
  double text_bytes(uint64_t begin, uint64_t end) const;
  uint64_t text_bytes() const { return first_bytes_.back(); }

 private:
  double text_bytes_before(uint64_t token) const;

  std::vector<TokenShard> shards_;  // at least one
  // How many come before each shard; one more element: in all.
  std::vector<uint64_t> first_tokens_ = {0}, first_documents_ = {0}, first_bytes_ = {0};
};

}  // namespace lmos::data
