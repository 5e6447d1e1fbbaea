#include "data/token_stream.h"

#include <algorithm>
#include <string>

#include "errors/error.h"

namespace lmos::data {
namespace {

// The shard that holds element `index`: `firsts` is ascending, and index < firsts.back().
size_t shard_of(const std::vector<uint64_t>& firsts, uint64_t index) {
  return std::upper_bound(firsts.begin(), firsts.end(), index) - firsts.begin() - 1;
}

// How many of a shard's documents begin before its token `token`.
size_t begun_before(std::span<const DocumentEntry> documents, uint64_t token) {
  return std::partition_point(documents.begin(), documents.end(),
                              [&](const DocumentEntry& d) { return d.first_token < token; }) -
         documents.begin();
}

}  // namespace

TokenStream::TokenStream(const std::filesystem::path& folder, const CorpusKey& key) {
  do {
    const auto index = static_cast<uint32_t>(shards_.size());
    const TokenShard& shard = shards_.emplace_back(folder / shard_name(index), key, index);
    first_tokens_.push_back(tokens() + shard.tokens());
    first_documents_.push_back(documents() + shard.documents().size());
    first_bytes_.push_back(text_bytes() + shard.text_bytes());
  } while (!shards_.back().last());
}

void TokenStream::read(uint64_t begin, std::span<int32_t> ids) const {
  if (begin > tokens() || ids.size() > tokens() - begin)
    throw Error(ErrorKind::kInternal, "tokens " + std::to_string(begin) + " to " +
                                          std::to_string(begin + ids.size()) +
                                          " read of a corpus of " + std::to_string(tokens()));
  while (!ids.empty()) {
    const size_t shard = shard_of(first_tokens_, begin);
    const size_t count = std::min<uint64_t>(ids.size(), first_tokens_[shard + 1] - begin);
    shards_[shard].read(begin - first_tokens_[shard], ids.first(count));
    begin += count;
    ids = ids.subspan(count);
  }
}

uint64_t TokenStream::documents_before(uint64_t token) const {
  if (token >= tokens()) return documents();
  const size_t shard = shard_of(first_tokens_, token);
  return first_documents_[shard] +
         begun_before(shards_[shard].documents(), token - first_tokens_[shard]);
}

uint64_t TokenStream::document_begin(uint64_t document) const {
  if (document >= documents())
    throw Error(ErrorKind::kInternal, "document " + std::to_string(document) +
                                          " read of a corpus of " + std::to_string(documents()));
  const size_t shard = shard_of(first_documents_, document);
  return first_tokens_[shard] +
         shards_[shard].documents()[document - first_documents_[shard]].first_token;
}

double TokenStream::text_bytes(uint64_t begin, uint64_t end) const {
  return text_bytes_before(end) - text_bytes_before(begin);
}

double TokenStream::text_bytes_before(uint64_t token) const {
  if (token == 0) return 0;
  if (token >= tokens()) return static_cast<double>(text_bytes());
  const size_t shard = shard_of(first_tokens_, token);
  const auto documents = shards_[shard].documents();
  const uint64_t local = token - first_tokens_[shard];
  const size_t document = begun_before(documents, local + 1) - 1;  // that holds the token
  const bool last = document + 1 == documents.size();
  const uint64_t first_token = documents[document].first_token;
  const uint64_t first_byte = documents[document].first_byte;
  const uint64_t end_token = last ? shards_[shard].tokens() : documents[document + 1].first_token;
  const uint64_t end_byte = last ? shards_[shard].text_bytes() : documents[document + 1].first_byte;
  const double share =
      static_cast<double>(local - first_token) / static_cast<double>(end_token - first_token);
  return static_cast<double>(first_bytes_[shard] + first_byte) +
         share * static_cast<double>(end_byte - first_byte);
}

}  // namespace lmos::data
