// The entries of a zip archive that stores them uncompressed, as PyTorch's do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace lmos {

struct ZipEntry {
  std::span<const std::byte> data;
  uint32_t crc32 = 0;
};

// By name; views into the parsed bytes. Folders are left out.
using ZipEntries = std::map<std::string_view, ZipEntry>;

// Also archives above 4 GiB (zip64). Checks every entry before it returns: stored and not
// encrypted, within the file, apart from all others, named alike in the directory and in front of
// its data, with a relative name in UTF-8 that does not climb; names are unique. Checksums are the
// caller's (check_crc32). Error(kInput) beginning with `where`. Allocates in proportion to the
// directory.
ZipEntries parse_zip(std::span<const std::byte> file, const std::string& where);

// Error(kInput) when the data differ from their checksum.
void check_crc32(const ZipEntry& entry, std::string_view name, const std::string& where);

}  // namespace lmos
