#include "formats/pytorch/zip_writer.h"

#include <zlib.h>

#include <algorithm>

#include "formats/little_endian.h"
#include "formats/pytorch/zip_layout.h"

namespace lmos {
namespace {

constexpr uint64_t kAlignment = 64;
constexpr uint16_t kVersion = 45;              // of the format, the first with zip64
constexpr uint16_t kFlags = 1 << 3 | 1 << 11;  // checksum behind the data; names in UTF-8
constexpr uint16_t kDate = 0x21;               // 1980-01-01, the same in every file
constexpr uint16_t kPaddingExtra = 0x4246;     // "FB", which PyTorch's own padding has

bool large(uint64_t number) { return number >= kZipIn64; }

uint32_t word_or_mark(uint64_t number) {
  return large(number) ? kZipIn64 : static_cast<uint32_t>(number);
}

template <typename... Numbers>
std::string record(Numbers... numbers) {
  std::string text;
  (append_little_endian(numbers, text), ...);
  return text;
}

}  // namespace

void ZipWriter::write(std::string_view text) {
  file_.write(text);
  written_ += text.size();
}

void ZipWriter::begin(std::string_view name, uint64_t bytes) {
  end_entry();
  // Sizes stand behind the data, like the checksum; the extra field says that they have 64 bits.
  std::string extra;
  if (large(bytes)) extra = record(kZip64Extra, uint16_t{16}, uint64_t{0}, uint64_t{0});
  const uint64_t unpadded = written_ + kZipLocalHeaderBytes + name.size() + extra.size() + 4;
  const auto padding = static_cast<uint16_t>((kAlignment - unpadded % kAlignment) % kAlignment);
  extra += record(kPaddingExtra, padding) + std::string(padding, 'Z');
  entries_.push_back({std::string(name), bytes, written_});
  const uint32_t size = large(bytes) ? kZipIn64 : 0;
  write(record(kZipLocalHeader, kVersion, kFlags, uint16_t{0}, uint16_t{0}, kDate, uint32_t{0},
               size, size, static_cast<uint16_t>(name.size()),
               static_cast<uint16_t>(extra.size())) +
        std::string(name) + extra);
  open_ = true;
}

void ZipWriter::append(std::span<const std::byte> data) {
  Entry& entry = entries_.back();
  entry.crc32 = static_cast<uint32_t>(
      ::crc32_z(entry.crc32, reinterpret_cast<const Bytef*>(data.data()), data.size()));
  file_.write(data);
  written_ += data.size();
}

void ZipWriter::add(std::string_view name, std::string_view text) {
  begin(name, text.size());
  append(std::as_bytes(std::span(text.data(), text.size())));
}

void ZipWriter::end_entry() {
  if (!open_) return;
  const Entry& entry = entries_.back();
  std::string sizes = large(entry.bytes) ? record(entry.bytes, entry.bytes)
                                         : record(static_cast<uint32_t>(entry.bytes),
                                                  static_cast<uint32_t>(entry.bytes));
  write(record(kZipDataDescriptor, entry.crc32) + sizes);
  open_ = false;
}

void ZipWriter::finish() {
  end_entry();
  const uint64_t begin = written_;
  for (const Entry& entry : entries_) {
    std::string numbers;
    if (large(entry.bytes)) numbers = record(entry.bytes, entry.bytes);
    if (large(entry.offset)) numbers += record(entry.offset);
    std::string extra;
    if (!numbers.empty())
      extra = record(kZip64Extra, static_cast<uint16_t>(numbers.size())) + numbers;
    write(record(kZipDirectoryEntry, kVersion, kVersion, kFlags, uint16_t{0}, uint16_t{0}, kDate,
                 entry.crc32, word_or_mark(entry.bytes), word_or_mark(entry.bytes),
                 static_cast<uint16_t>(entry.name.size()), static_cast<uint16_t>(extra.size()),
                 uint16_t{0}, uint16_t{0}, uint16_t{0}, uint32_t{0}, word_or_mark(entry.offset)) +
          entry.name + extra);
  }
  const uint64_t end = written_, count = entries_.size();
  const bool count_large = count >= kZipIn64Short;
  if (count_large || large(begin) || large(end - begin)) {
    constexpr uint64_t kRest = kZip64EndRecordBytes - 12;
    write(record(kZip64EndRecord, kRest, kVersion, kVersion, uint32_t{0}, uint32_t{0}, count, count,
                 end - begin, begin));
    write(record(kZip64Locator, uint32_t{0}, end, uint32_t{1}));
  }
  const uint16_t short_count = count_large ? kZipIn64Short : static_cast<uint16_t>(count);
  write(record(kZipEndRecord, uint16_t{0}, uint16_t{0}, short_count, short_count,
               word_or_mark(end - begin), word_or_mark(begin), uint16_t{0}));
}

}  // namespace lmos
