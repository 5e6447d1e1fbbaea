#include "tokenizer_core/normalize/charsmap.h"

#include <algorithm>
#include <cstring>

#include "llmasos/base64.hpp"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/text/grapheme.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

// The fields of a unit, as darts-clone packs them.
bool has_value(uint32_t unit) { return (unit >> 8 & 1) != 0; }
uint32_t value(uint32_t unit) { return unit & 0x7FFFFFFF; }
uint32_t label(uint32_t unit) { return unit & 0x800000FF; }
uint32_t offset(uint32_t unit) { return unit >> 10 << ((unit & 1 << 9) >> 6); }

bool is_continuation(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }

uint32_t read_u32(std::string_view bytes) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i)
    number |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return number;
}

}  // namespace

Charsmap::Charsmap(std::string_view blob) {
  const auto fail = [](const std::string& problem) {
    throw TokenizerError("the compiled normalisation map " + problem);
  };
  if (blob.size() < 4) fail("has fewer than 4 bytes");
  const uint32_t array_bytes = read_u32(blob);
  blob.remove_prefix(4);
  if (array_bytes > blob.size() || array_bytes % 4 != 0 || array_bytes == 0)
    fail("says that its array has " + std::to_string(array_bytes) + " of the " +
         std::to_string(blob.size()) + " bytes that follow");
  for (size_t i = 0; i < array_bytes; i += 4) units_.push_back(read_u32(blob.substr(i)));
  pool_ = blob.substr(array_bytes);
  if (find_invalid_utf8(pool_) != pool_.npos) fail("replaces by what is not valid UTF-8");
  if (pool_.empty() || pool_.back() != '\0') pool_.push_back('\0');
  size_t longest = 1;
  for (size_t begin = 0; begin < pool_.size();) {
    const size_t end = pool_.find('\0', begin);
    longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  growth_ = longest;
  for (char character = '!'; character <= '~'; ++character)
    plain_ascii_[static_cast<uint8_t>(character)] = is_plain_ascii(character);
  for (char32_t character = 0x80; character < plain_.size(); ++character)
    plain_[character] = is_plain(character);
}

std::string_view Charsmap::replacement(uint32_t offset) const {
  // Within a character only in a damaged map: then nothing, so that texts stay UTF-8.
  if (offset >= pool_.size() || is_continuation(pool_[offset])) return {};
  return pool_.c_str() + offset;
}

// `unit` receives that of the child.
bool Charsmap::step(Node& node, char byte, uint32_t& unit) const {
  const uint32_t child = node ^ static_cast<uint8_t>(byte);
  // A zero byte would be the label of a value.
  if (byte == '\0' || child >= units_.size() || label(units_[child]) != static_cast<uint8_t>(byte))
    return false;
  unit = units_[child];
  node = child ^ offset(unit);
  return true;
}

std::optional<Charsmap::Match> Charsmap::find(std::string_view text, bool first) const {
  std::optional<Match> match;
  Node node = offset(units_[0]);
  uint32_t unit = 0;
  for (size_t end = 0; end < text.size() && step(node, text[end], unit);) {
    ++end;
    if (!has_value(unit) || node >= units_.size()) continue;
    if (end < text.size() && is_continuation(text[end])) continue;  // a damaged map
    match = Match{end, replacement(value(units_[node]))};
    if (first) break;
  }
  return match;
}

bool Charsmap::is_plain_ascii(char character) const {
  Node node = offset(units_[0]);
  uint32_t unit = 0;
  if (!step(node, character, unit)) return true;
  if (has_value(unit)) return false;
  for (int next = 0; next < 128; ++next) {
    Node child = node;
    if (step(child, static_cast<char>(next), unit)) return false;
  }
  return true;
}

bool Charsmap::is_plain(char32_t character) const {
  constexpr char32_t kFirstSurrogate = 0xD800, kLastSurrogate = 0xDFFF;
  if (character >= kFirstSurrogate && character <= kLastSurrogate) return false;
  if (joins_next(character)) return false;
  std::string spelled;
  append_character(spelled, character);
  Node node = offset(units_[0]);
  uint32_t unit = 0;
  return !std::all_of(spelled.begin(), spelled.end(),
                      [&](char byte) { return step(node, byte, unit); });
}

size_t Charsmap::plain_bytes(std::string_view text) const {
  const auto is_ascii = [&](size_t i) { return static_cast<uint8_t>(text[i]) < 0x80; };
  size_t last = 0, end = 0;  // the last plain character is [last, end)
  for (size_t next = 0; next < text.size(); last = end, end = next) {
    if (is_ascii(next)) {
      if (!plain_ascii_[static_cast<uint8_t>(text[next])]) return is_ascii(last) ? end : last;
      ++next;
      continue;
    }
    // It may belong to the same cluster as the one before.
    if (is_ascii(last)) return last;
    const char32_t character = next_character(text, next);
    if (character >= plain_.size() || !plain_[character]) return last;
  }
  return end;
}

Charsmap read_charsmap(const JsonCursor& json) {
  const JsonCursor place = json.at("precompiled_charsmap");
  const std::optional<std::string> bytes = sdk::decode_base64(place.string());
  if (!bytes) place.fail("expected base64");
  try {
    return Charsmap(*bytes);
  } catch (const TokenizerError& problem) {
    place.fail(problem.what());
  }
}

}  // namespace lmos::tokenizer
