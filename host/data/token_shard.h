// One token shard, read through a memory map.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "data/shard_format.h"
#include "formats/mapped_file.h"

namespace lmos::data {

// Every byte was checked when it was opened. [any-thread]
class TokenShard {
 public:
  // Error(kInput) when the file is missing, damaged or cut short, or belongs to another corpus or
  // place in it.
  TokenShard(const std::filesystem::path& path, const CorpusKey& key, uint32_t index);

  uint64_t tokens() const { return footer_.tokens; }
  uint64_t text_bytes() const { return footer_.text_bytes; }
  bool last() const { return footer_.last != 0; }
  bool closed() const { return footer_.closed != 0; }
  std::span<const DocumentEntry> documents() const { return documents_; }

  // ids of tokens [begin, begin + ids.size()) of the shard, which must exist.
  void read(uint64_t begin, std::span<int32_t> ids) const;

 private:
  MappedFile file_;
  ShardFooter footer_;
  std::span<const DocumentEntry> documents_;  // in the map
};

}  // namespace lmos::data
