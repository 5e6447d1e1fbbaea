#include "tokenizer_core/text/grapheme.h"

#include <unicode/uchar.h>

#include "tokenizer_core/text/regex.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

int32_t cluster_break(char32_t character) {
  return u_getIntPropertyValue(static_cast<UChar32>(character), UCHAR_GRAPHEME_CLUSTER_BREAK);
}

// Such characters stand alone between others of their kind.
bool is_plain(char32_t character) { return cluster_break(character) == U_GCB_OTHER; }

}  // namespace

bool joins_next(char32_t character) { return cluster_break(character) == U_GCB_PREPEND; }

size_t grapheme_bytes(std::string_view text) {
  const size_t first_bytes = character_bytes(text[0]);
  if (first_bytes == text.size()) return first_bytes;
  const auto first = static_cast<uint8_t>(text[0]),
             second = static_cast<uint8_t>(text[first_bytes]);
  if (first < 0x80 && second < 0x80 && first != '\r') return 1;
  size_t position = 0;
  if (is_plain(next_character(text, position)) && is_plain(next_character(text, position)))
    return first_bytes;
  static const Regex cluster(R"(\X)");
  const std::optional<Match> match = cluster.find(text, 0);
  return match ? match->end : first_bytes;
}

}  // namespace lmos::tokenizer
