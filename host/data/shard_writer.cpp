#include "data/shard_writer.h"

namespace lmos::data {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

}  // namespace

ShardWriter::ShardWriter(const std::filesystem::path& folder, uint32_t index,
                         const ShardSettings& settings)
    : settings_(settings),
      index_(index),
      file_(folder / shard_name(index), OutputFile::Mode::kReplace) {}

void ShardWriter::append(std::span<const std::byte> bytes) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  if (buffer_.size() >= kBufferBytes) flush();
}

void ShardWriter::flush() {
  checksum_.update(buffer_);
  file_.write(buffer_);
  buffer_.clear();
}

template <class Id>
void ShardWriter::append_ids(std::span<const int32_t> ids) {
  for (int32_t value : ids) {
    const auto id = static_cast<Id>(value);
    append(std::as_bytes(std::span(&id, 1)));
  }
}

void ShardWriter::add_document(std::span<const int32_t> ids, uint64_t text_bytes) {
  documents_.push_back({tokens_, text_bytes_});
  if (settings_.id_bytes == 2) {
    append_ids<uint16_t>(ids);
  } else {
    append_ids<uint32_t>(ids);
  }
  tokens_ += ids.size();
  text_bytes_ += text_bytes;
}

void ShardWriter::finish(bool last) {
  const std::byte padding[8] = {};
  append(std::span(padding, (8 - tokens_ * settings_.id_bytes % 8) % 8));
  append(std::as_bytes(std::span(documents_)));
  flush();

  ShardFooter footer = {.magic = kShardMagic,
                        .key = settings_.key,
                        .index = index_,
                        .last = last ? 1u : 0u,
                        .id_bytes = settings_.id_bytes,
                        .closed = settings_.closed ? 1u : 0u,
                        .tokens = tokens_,
                        .documents = documents_.size(),
                        .text_bytes = text_bytes_,
                        .body_checksum = checksum_.value(),
                        .footer_checksum = 0};
  footer.footer_checksum = footer_checksum(footer);
  file_.write(std::as_bytes(std::span(&footer, 1)));
  file_.close();
}

}  // namespace lmos::data
