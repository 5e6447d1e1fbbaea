#include "tokenizer_core/text/utf8.h"

#include <cstring>

namespace lmos::tokenizer {
namespace {

struct Sequence {
  size_t bytes;  // the valid character's, or of the maximal invalid subsequence (at least 1)
  bool valid;    // a whole character
  bool cut_off;  // not valid, but more bytes could make it so
};

bool is_continuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// What stands at the start of `text`, which is not empty. Unicode 15, table 3-7.
Sequence read_sequence(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return {1, true, false};
  if (lead < 0xC2 || lead > 0xF4) return {1, false, false};
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint8_t lowest = 0x80, highest = 0xBF;
  if (lead == 0xE0) lowest = 0xA0;
  if (lead == 0xED) highest = 0x9F;
  if (lead == 0xF0) lowest = 0x90;
  if (lead == 0xF4) highest = 0x8F;
  for (size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {i, false, true};
    const auto byte = static_cast<uint8_t>(text[i]);
    if (i == 1 ? (byte < lowest || byte > highest) : !is_continuation(byte))
      return {i, false, false};
  }
  return {length, true, false};
}

size_t ascii_prefix(std::string_view text) {
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080ull) != 0) break;
  }
  while (i < text.size() && static_cast<uint8_t>(text[i]) < 0x80) ++i;
  return i;
}

}  // namespace

size_t find_invalid_utf8(std::string_view text) {
  size_t position = 0;
  while (position < text.size()) {
    position += ascii_prefix(text.substr(position));
    if (position == text.size()) break;
    const Sequence sequence = read_sequence(text.substr(position));
    if (!sequence.valid) return position;
    position += sequence.bytes;
  }
  return std::string_view::npos;
}

char32_t next_character(std::string_view text, size_t& position) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[position + i]); };
  const uint8_t lead = byte(0);
  char32_t character = lead;
  const size_t length = character_bytes(text[position]);
  if (length == 2) character = (lead & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
  if (length == 3) character = (lead & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
  if (length == 4) {
    character =
        (lead & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu);
  }
  position += length;
  return character;
}

char32_t last_character(std::string_view text) {
  size_t position = text.size() - 1;
  while (is_continuation(static_cast<uint8_t>(text[position]))) --position;
  return next_character(text, position);
}

void append_character(std::string& text, char32_t character) {
  const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0 | character >> 6);
    put(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    put(0xE0 | character >> 12);
    put(0x80 | (character >> 6 & 0x3F));
    put(0x80 | (character & 0x3F));
  } else {
    put(0xF0 | character >> 18);
    put(0x80 | (character >> 12 & 0x3F));
    put(0x80 | (character >> 6 & 0x3F));
    put(0x80 | (character & 0x3F));
  }
}

bool is_white_space(char32_t character) {
  if (character < 0x80) return character == ' ' || (character >= '\t' && character <= '\r');
  return character == 0x85 || character == 0xA0 || character == 0x1680 ||
         (character >= 0x2000 && character <= 0x200A) || character == 0x2028 ||
         character == 0x2029 || character == 0x202F || character == 0x205F || character == 0x3000;
}

void LossyUtf8::push(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    if (pending_bytes_ == 0) {
      const size_t ascii = ascii_prefix(bytes);
      out.append(bytes.substr(0, ascii));
      bytes.remove_prefix(ascii);
      if (bytes.empty()) return;
    }
    pending_[pending_bytes_++] = bytes.front();
    bytes.remove_prefix(1);
    const std::string_view pending(pending_, pending_bytes_);
    const Sequence sequence = read_sequence(pending);
    if (sequence.cut_off) continue;
    if (sequence.valid) {
      out.append(pending);
      pending_bytes_ = 0;
      continue;
    }
    // Only the newest byte can be wrong: the ones before it were a possible beginning.
    out.append(kReplacementCharacter);
    const bool newest_is_new = sequence.bytes < pending_bytes_;
    const char newest = pending_[pending_bytes_ - 1];
    pending_bytes_ = 0;
    if (newest_is_new) push(std::string_view(&newest, 1), out);
  }
}

void LossyUtf8::finish(std::string& out) {
  if (pending_bytes_ != 0) out.append(kReplacementCharacter);
  pending_bytes_ = 0;
}

}  // namespace lmos::tokenizer
