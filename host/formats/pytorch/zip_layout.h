// The records of zip archives (APPNOTE 6.3): signatures and the bytes of their fixed parts.
#pragma once

#include <cstdint>

namespace lmos {

inline constexpr uint32_t kZipLocalHeader = 0x04034b50;
inline constexpr uint32_t kZipDataDescriptor = 0x08074b50;
inline constexpr uint32_t kZipDirectoryEntry = 0x02014b50;
inline constexpr uint32_t kZipEndRecord = 0x06054b50;
inline constexpr uint32_t kZip64EndRecord = 0x06064b50;
inline constexpr uint32_t kZip64Locator = 0x07064b50;

inline constexpr uint64_t kZipLocalHeaderBytes = 30;
inline constexpr uint64_t kZipDirectoryEntryBytes = 46;
inline constexpr uint64_t kZipEndRecordBytes = 22;
inline constexpr uint64_t kZip64EndRecordBytes = 56;
inline constexpr uint64_t kZip64LocatorBytes = 20;

// Fields that hold these say that the number stands in a zip64 record.
inline constexpr uint32_t kZipIn64 = 0xffffffff;
inline constexpr uint16_t kZipIn64Short = 0xffff;
// The extra field that holds 64-bit sizes and offset.
inline constexpr uint16_t kZip64Extra = 1;

}  // namespace lmos
