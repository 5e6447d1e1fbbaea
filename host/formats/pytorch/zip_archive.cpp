#include "formats/pytorch/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

#include "errors/error.h"
#include "formats/byte_reader.h"
#include "formats/pytorch/zip_layout.h"
#include "formats/quote.h"
#include "formats/utf8.h"

namespace lmos {
namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw Error(ErrorKind::kInput, where + ": " + why);
}

[[noreturn]] void refuse_damaged(const std::string& where, const std::string& why) {
  refuse(where, why + "; the file is damaged or incomplete: fetch or save it again");
}

struct Directory {
  uint64_t entries, bytes, offset;
  uint64_t end;  // where the records that describe it begin
};

bool starts_with(std::span<const std::byte> bytes, uint32_t signature) {
  return bytes.size() >= sizeof signature && read_little_endian<uint32_t>(bytes) == signature;
}

// Where the record that ends an archive begins.
uint64_t find_end_record(std::span<const std::byte> file, const std::string& where) {
  constexpr uint64_t kLongestComment = 0xffff;
  if (file.size() >= kZipEndRecordBytes) {
    const uint64_t last = file.size() - kZipEndRecordBytes;
    const uint64_t first = last > kLongestComment ? last - kLongestComment : 0;
    for (uint64_t at = last + 1; at-- > first;) {
      if (!starts_with(file.subspan(at), kZipEndRecord)) continue;
      if (read_little_endian<uint16_t>(file.subspan(at + 20)) == last - at) return at;
    }
  }
  refuse_damaged(where, "a zip archive without its directory at the end");
}

// The numbers of a large archive, which do not fit into the record at `end`.
Directory read_large_directory(std::span<const std::byte> file, uint64_t end,
                               const std::string& where) {
  if (end < kZip64LocatorBytes ||
      !starts_with(file.subspan(end - kZip64LocatorBytes), kZip64Locator))
    refuse_damaged(where, "a large zip archive without its zip64 locator");
  const uint64_t locator = end - kZip64LocatorBytes;
  const auto at = read_little_endian<uint64_t>(file.subspan(locator + 8));
  if (at > locator || locator - at < kZip64EndRecordBytes ||
      !starts_with(file.subspan(at), kZip64EndRecord))
    refuse_damaged(where, "a large zip archive without its zip64 record");
  const std::span<const std::byte> record = file.subspan(at);
  return {read_little_endian<uint64_t>(record.subspan(32)),
          read_little_endian<uint64_t>(record.subspan(40)),
          read_little_endian<uint64_t>(record.subspan(48)), at};
}

Directory read_directory(std::span<const std::byte> file, const std::string& where) {
  const uint64_t end = find_end_record(file, where);
  const std::span<const std::byte> record = file.subspan(end);
  Directory directory{read_little_endian<uint16_t>(record.subspan(10)),
                      read_little_endian<uint32_t>(record.subspan(12)),
                      read_little_endian<uint32_t>(record.subspan(16)), end};
  if (directory.entries == kZipIn64Short || directory.bytes == kZipIn64 ||
      directory.offset == kZipIn64)
    directory = read_large_directory(file, end, where);
  if (directory.offset > directory.end || directory.bytes > directory.end - directory.offset)
    refuse_damaged(where, "the zip directory of " + std::to_string(directory.bytes) +
                              " bytes at byte " + std::to_string(directory.offset) +
                              " reaches past its end record");
  if (directory.entries > directory.bytes / kZipDirectoryEntryBytes)
    refuse_damaged(where, "a zip directory of " + std::to_string(directory.bytes) +
                              " bytes cannot hold " + std::to_string(directory.entries) +
                              " entries");
  return directory;
}

struct Listed {
  std::string_view name;
  uint64_t bytes, offset;  // offset: of the local header
  uint32_t crc32;
};

bool climbs(std::string_view name) {
  if (name.starts_with('/') || name.find('\\') != name.npos || name.find('\0') != name.npos ||
      (name.size() > 1 && name[1] == ':'))
    return true;
  while (!name.empty()) {
    const size_t slash = std::min(name.find('/'), name.size());
    if (name.substr(0, slash) == "..") return true;
    name.remove_prefix(std::min(slash + 1, name.size()));
  }
  return false;
}

// Sizes and offset above 32 bits stand in an extra field, in this order.
void read_large_numbers(std::span<const std::byte> extra, uint64_t& bytes, uint64_t& stored,
                        uint64_t& offset, const std::string& where) {
  ByteReader fields(extra, where);
  while (fields.left() >= 4) {
    const auto id = fields.number<uint16_t>("a zip extra field");
    const std::span<const std::byte> field =
        fields.take(fields.number<uint16_t>("a zip extra field"), "a zip extra field");
    if (id != kZip64Extra) continue;
    ByteReader numbers(field, where);
    for (uint64_t* number : {&bytes, &stored, &offset})
      if (*number == kZipIn64) *number = numbers.number<uint64_t>("a zip64 extra field");
    return;
  }
}

Listed read_entry(ByteReader& reader) {
  const std::string& where = reader.where();
  if (reader.number<uint32_t>("a zip directory entry") != kZipDirectoryEntry)
    refuse_damaged(where, "the zip directory has no entry before byte " +
                              std::to_string(reader.position()) + " of it");
  const std::span<const std::byte> fixed =
      reader.take(kZipDirectoryEntryBytes - 4, "a zip directory entry");
  const auto short_at = [&](size_t at) { return read_little_endian<uint16_t>(fixed.subspan(at)); };
  const auto word_at = [&](size_t at) { return read_little_endian<uint32_t>(fixed.subspan(at)); };
  const uint16_t flags = short_at(4), method = short_at(6);
  uint64_t stored = word_at(16), bytes = word_at(20), offset = word_at(38);
  const std::string_view name = reader.text(short_at(24), "the name of a zip entry");
  const std::span<const std::byte> extra = reader.take(short_at(26), "a zip directory entry");
  reader.take(short_at(28), "the comment of a zip entry");
  const std::string place = where + ": zip entry " + quote_text(is_utf8(name) ? name : "?");
  if (!is_utf8(name)) refuse(where, "the name of a zip entry is not UTF-8");
  if (climbs(name)) refuse(place, "a name that leaves the archive");
  if (flags & 1) refuse(place, "encrypted; it cannot be read");
  if (method != 0)
    refuse(place,
           "compressed; PyTorch stores its files uncompressed: save the model again with "
           "torch.save");
  read_large_numbers(extra, bytes, stored, offset, place);
  if (stored != bytes)
    refuse_damaged(place, "stored in " + std::to_string(stored) + " bytes, but " +
                              std::to_string(bytes) + " long");
  return {name, bytes, offset, word_at(12)};
}

// The data behind an entry's local header, which must lie before `end`.
std::span<const std::byte> locate(std::span<const std::byte> file, const Listed& entry,
                                  uint64_t end, const std::string& where) {
  const std::string place = where + ": zip entry " + quote_text(entry.name);
  if (entry.offset > end || end - entry.offset < kZipLocalHeaderBytes ||
      !starts_with(file.subspan(entry.offset), kZipLocalHeader))
    refuse_damaged(place, "no header at byte " + std::to_string(entry.offset));
  ByteReader reader(file.subspan(entry.offset, end - entry.offset), place);
  const std::span<const std::byte> fixed = reader.take(kZipLocalHeaderBytes, "its header");
  const auto name_bytes = read_little_endian<uint16_t>(fixed.subspan(26));
  const auto extra_bytes = read_little_endian<uint16_t>(fixed.subspan(28));
  if (reader.text(name_bytes, "its name") != entry.name)
    refuse_damaged(place,
                   "the header at byte " + std::to_string(entry.offset) + " is of another entry");
  reader.take(extra_bytes, "its header");
  return reader.take(entry.bytes, "its data");
}

}  // namespace

ZipEntries parse_zip(std::span<const std::byte> file, const std::string& where) {
  const Directory directory = read_directory(file, where);
  ByteReader reader(file.subspan(directory.offset, directory.bytes), where);
  ZipEntries entries;
  struct Extent {
    uint64_t begin, end;
    std::string_view name;
  };
  std::vector<Extent> extents;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    const Listed listed = read_entry(reader);
    const std::span<const std::byte> data = locate(file, listed, directory.offset, where);
    extents.push_back({listed.offset,
                       static_cast<uint64_t>(data.data() - file.data()) + data.size(),
                       listed.name});
    if (listed.name.ends_with('/')) continue;
    if (!entries.emplace(listed.name, ZipEntry{data, listed.crc32}).second)
      refuse(where, "zip entry " + quote_text(listed.name) + " is there twice");
  }
  std::ranges::sort(extents, {}, &Extent::begin);
  for (size_t i = 1; i < extents.size(); ++i) {
    if (extents[i].begin < extents[i - 1].end)
      refuse(where, "zip entries " + quote_text(extents[i - 1].name) + " and " +
                        quote_text(extents[i].name) + " overlap");
  }
  return entries;
}

void check_crc32(const ZipEntry& entry, std::string_view name, const std::string& where) {
  const uLong sum =
      ::crc32_z(0, reinterpret_cast<const Bytef*>(entry.data.data()), entry.data.size());
  if (sum != entry.crc32)
    refuse_damaged(where, "zip entry " + quote_text(name) + " differs from its checksum");
}

}  // namespace lmos
