// The names of the tokens that stand for single bytes: "<0x00>" to "<0xFF>".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lmos::tokenizer {

inline std::string byte_piece(uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
}

// None where `piece` is no such name. Digits above 9 are upper case.
inline std::optional<uint8_t> byte_of_piece(std::string_view piece) {
  const auto digit = [&](char character) {
    if (character >= '0' && character <= '9') return character - '0';
    if (character >= 'A' && character <= 'F') return character - 'A' + 10;
    return -1;
  };
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return std::nullopt;
  const int high = digit(piece[3]), low = digit(piece[4]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<uint8_t>(high << 4 | low);
}

}  // namespace lmos::tokenizer
