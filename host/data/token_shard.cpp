#include "data/token_shard.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "data/checksum.h"
#include "errors/error.h"

namespace lmos::data {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& reason) {
  throw Error(ErrorKind::kInput, path.string() + ": " + reason);
}

ShardFooter checked_footer(const std::filesystem::path& path, std::span<const std::byte> bytes,
                           const CorpusKey& key, uint32_t index) {
  ShardFooter footer;
  if (bytes.size() < sizeof footer || bytes.size() % 8 != 0) refuse(path, "is cut short");
  std::memcpy(&footer, bytes.data() + bytes.size() - sizeof footer, sizeof footer);
  if (footer.magic != kShardMagic) refuse(path, "is cut short, or not a token shard");
  if (footer.footer_checksum != footer_checksum(footer)) refuse(path, "has a damaged footer");
  if (footer.key != key || footer.index != index) refuse(path, "belongs elsewhere");
  if (footer.id_bytes != 2 && footer.id_bytes != 4) refuse(path, "has ids of unknown size");
  return footer;
}

// Bytes of the ids, padding included. The counts come from a file: neither sum nor product may
// overflow.
uint64_t checked_id_bytes(const std::filesystem::path& path, const ShardFooter& footer,
                          uint64_t body_bytes) {
  if (footer.tokens > body_bytes / footer.id_bytes ||
      footer.documents > body_bytes / sizeof(DocumentEntry))
    refuse(path, "holds less than its footer says");
  const uint64_t id_bytes = (footer.tokens * footer.id_bytes + 7) / 8 * 8;
  if (id_bytes + footer.documents * sizeof(DocumentEntry) != body_bytes)
    refuse(path, "is not as long as its footer says");
  return id_bytes;
}

void check_documents(const std::filesystem::path& path, std::span<const DocumentEntry> documents,
                     const ShardFooter& footer) {
  uint64_t least_token = 0, least_byte = 0;
  for (const DocumentEntry& document : documents) {
    if (document.first_token < least_token || document.first_token >= footer.tokens ||
        document.first_byte < least_byte || document.first_byte > footer.text_bytes)
      refuse(path, "has a damaged document table");
    least_token = document.first_token + 1;
    least_byte = document.first_byte;
  }
  if (documents.empty() || documents.front().first_token != 0 || documents.front().first_byte != 0)
    refuse(path, "has a damaged document table");
}

}  // namespace

TokenShard::TokenShard(const std::filesystem::path& path, const CorpusKey& key, uint32_t index)
    : file_(path), footer_(checked_footer(path, file_.bytes(), key, index)) {
  const auto body = file_.bytes().first(file_.size() - sizeof(ShardFooter));
  const uint64_t id_bytes = checked_id_bytes(path, footer_, body.size());
  Checksum sum;
  sum.update(body);
  if (sum.value() != footer_.body_checksum) refuse(path, "is damaged: its checksum differs");
  documents_ = {reinterpret_cast<const DocumentEntry*>(body.data() + id_bytes),
                static_cast<size_t>(footer_.documents)};
  check_documents(path, documents_, footer_);
}

void TokenShard::read(uint64_t begin, std::span<int32_t> ids) const {
  const auto copy = [&]<class Id>(const Id* all) {
    std::copy_n(all + begin, ids.size(), ids.begin());
  };
  if (footer_.id_bytes == 2) {
    copy(reinterpret_cast<const uint16_t*>(file_.bytes().data()));
  } else {
    copy(reinterpret_cast<const uint32_t*>(file_.bytes().data()));
  }
}

}  // namespace lmos::data
