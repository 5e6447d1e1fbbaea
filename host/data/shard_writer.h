// Writes one token shard; data/shard_format.h says how it looks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "data/checksum.h"
#include "data/shard_format.h"
#include "formats/output_file.h"

namespace lmos::data {

// What is the same in every shard of a corpus.
struct ShardSettings {
  CorpusKey key;
  uint32_t id_bytes;  // 2 or 4
  bool closed;        // every document ends with an end-of-text token
};

// One thread. Errors: kResource of the file system.
class ShardWriter {
 public:
  ShardWriter(const std::filesystem::path& folder, uint32_t index, const ShardSettings& settings);

  // `ids`: at least one, each in the range of settings.id_bytes.
  void add_document(std::span<const int32_t> ids, uint64_t text_bytes);
  uint64_t tokens() const { return tokens_; }
  // Completes the file; call once, last.
  void finish(bool last);

 private:
  template <class Id>
  void append_ids(std::span<const int32_t> ids);
  void append(std::span<const std::byte> bytes);
  void flush();

  ShardSettings settings_;
  uint32_t index_;
  OutputFile file_;
  std::vector<std::byte> buffer_;  // not yet written
  Checksum checksum_;
  uint64_t tokens_ = 0, text_bytes_ = 0;
  std::vector<DocumentEntry> documents_;
};

}  // namespace lmos::data
