#include "dataset_files/checked_text.h"

#include "dataset_files/utf8.h"
#include "llmasos/error.hpp"

namespace lmos::files {

namespace {

std::string hexadecimal(char byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {'0', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

}  // namespace

std::string checked_text(std::string_view piece, const std::string& path, uint64_t begin,
                         InvalidUtf8 invalid) {
  if (invalid == InvalidUtf8::kReplace) return replace_invalid_utf8(piece);
  if (const auto at = find_invalid_utf8(piece))
    throw sdk::invalid("`" + path + "`: byte " + std::to_string(begin + *at) + " (" +
                       hexadecimal(piece[*at]) +
                       ") is no UTF-8; convert the file, or set `invalid: replace`");
  return std::string(piece);
}

}  // namespace lmos::files
