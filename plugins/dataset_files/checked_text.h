// Bytes of a file as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lmos::files {

enum class InvalidUtf8 { kError, kReplace };

// `piece`: bytes of the file from `begin` on. Throws Error(LMOS_INVALID) with the path and the byte
// of what is no UTF-8, or replaces it by U+FFFD.
std::string checked_text(std::string_view piece, const std::string& path, uint64_t begin,
                         InvalidUtf8 invalid);

}  // namespace lmos::files
