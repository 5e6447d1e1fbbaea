// The file of a token shard. Whole documents, little-endian:
//
//   ids        u16 or u32 [tokens]      padded with zeros to a multiple of 8 bytes
//   documents  DocumentEntry [documents]
//   footer     ShardFooter
//
// Shards of one corpus are `shard-00000.tokens`, `shard-00001.tokens`, …; the last says so in its
// footer. The footer comes last because it is known last, and a file that was cut short has none.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace lmos::data {

struct DocumentEntry {
  uint64_t first_token;  // in the shard; ascending, every document has at least one token
  uint64_t first_byte;   // bytes of UTF-8 text of the shard's documents before this one
};
static_assert(sizeof(DocumentEntry) == 16);

using CorpusKey = std::array<uint64_t, 2>;  // hash of everything that the tokens depend on

struct ShardFooter {
  std::array<char, 8> magic;
  CorpusKey key;
  uint32_t index;     // of the shard
  uint32_t last;      // 1 in the last shard, else 0
  uint32_t id_bytes;  // 2 or 4
  uint32_t closed;    // 1 if every document ends with an end-of-text token, else 0
  uint64_t tokens;
  uint64_t documents;
  uint64_t text_bytes;       // of UTF-8 that was encoded
  uint64_t body_checksum;    // of everything before the footer
  uint64_t footer_checksum;  // of the members above
};
static_assert(sizeof(ShardFooter) == 80);

inline constexpr std::array<char, 8> kShardMagic = {'L', 'M', 'O', 'S', 'T', 'O', 'K', '1'};

std::string shard_name(uint32_t index);
uint64_t footer_checksum(const ShardFooter& footer);

}  // namespace lmos::data
