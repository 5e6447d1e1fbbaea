#include "tokenizer_bpe/text/unicode.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "tokenizer_bpe/text/utf8.h"

namespace lmos::bpe {
namespace {

// Offsets and sizes are of kSequences, in characters.
struct Decomposition {
  char32_t character;
  uint16_t canonical, compatible;
  uint8_t canonical_size, compatible_size;
};

struct Composition {
  char32_t first, second, composed;
};

struct CombiningClass {
  char32_t begin, end;  // inclusive
  uint8_t value;
};

struct Lowercase {
  char32_t character;
  uint16_t offset;
  uint8_t size;
};

#include "tokenizer_bpe/text/unicode_tables.inc"

// Below it, no character has a combining class or takes part in a canonical composition.
constexpr char32_t kFirstCombining = 0x300;

// Hangul syllables, Unicode 3.12.
constexpr char32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161, kTrails = 0x11A7;
constexpr char32_t kLeadCount = 19, kVowelCount = 21, kTrailCount = 28;
constexpr char32_t kSyllableCount = kLeadCount * kVowelCount * kTrailCount;

struct Character {
  char32_t value;
  uint8_t combining_class;
};

template <typename Table>
const auto* find_character(const Table& table, char32_t character) {
  const auto* found =
      std::lower_bound(std::begin(table), std::end(table), character,
                       [](const auto& row, char32_t wanted) { return row.character < wanted; });
  return found != std::end(table) && found->character == character ? found : nullptr;
}

uint8_t combining_class(char32_t character) {
  if (character < kFirstCombining) return 0;
  const auto* found = std::lower_bound(
      std::begin(kCombiningClasses), std::end(kCombiningClasses), character,
      [](const CombiningClass& range, char32_t wanted) { return range.end < wanted; });
  return found != std::end(kCombiningClasses) && found->begin <= character ? found->value : 0;
}

void append_decomposed(std::vector<Character>& out, char32_t character, bool compatible) {
  if (character - kSyllables < kSyllableCount) {
    const char32_t index = character - kSyllables;
    out.push_back({kLeads + index / (kVowelCount * kTrailCount), 0});
    out.push_back({kVowels + index / kTrailCount % kVowelCount, 0});
    if (index % kTrailCount != 0) out.push_back({kTrails + index % kTrailCount, 0});
    return;
  }
  const Decomposition* row = find_character(kDecompositions, character);
  if (row == nullptr) {
    out.push_back({character, combining_class(character)});
    return;
  }
  const char32_t* parts = kSequences + (compatible ? row->compatible : row->canonical);
  const size_t count = compatible ? row->compatible_size : row->canonical_size;
  for (size_t i = 0; i < count; ++i) out.push_back({parts[i], combining_class(parts[i])});
}

void order_marks(std::vector<Character>& text) {
  for (auto begin = text.begin(); begin != text.end();) {
    if (begin->combining_class == 0) {
      ++begin;
      continue;
    }
    const auto end =
        std::find_if(begin, text.end(), [](Character c) { return c.combining_class == 0; });
    std::stable_sort(
        begin, end, [](Character a, Character b) { return a.combining_class < b.combining_class; });
    begin = end;
  }
}

// The composed character, or 0.
char32_t compose_pair(char32_t first, char32_t second) {
  if (first - kLeads < kLeadCount && second - kVowels < kVowelCount)
    return kSyllables + ((first - kLeads) * kVowelCount + (second - kVowels)) * kTrailCount;
  if (first - kSyllables < kSyllableCount && (first - kSyllables) % kTrailCount == 0 &&
      second > kTrails && second < kTrails + kTrailCount)
    return first + (second - kTrails);
  const auto* found =
      std::lower_bound(std::begin(kCompositions), std::end(kCompositions), second,
                       [first](const Composition& row, char32_t wanted) {
                         return row.first != first ? row.first < first : row.second < wanted;
                       });
  const bool equal =
      found != std::end(kCompositions) && found->first == first && found->second == second;
  return equal ? found->composed : 0;
}

void compose(std::vector<Character>& text) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t starter = kNone, kept = 0;
  for (const Character character : text) {
    if (starter != kNone) {
      // A mark is blocked where one of its class or above stands between it and the starter.
      const bool adjacent = kept == starter + 1;
      const bool blocked = !adjacent && text[kept - 1].combining_class >= character.combining_class;
      const char32_t composed = blocked ? 0 : compose_pair(text[starter].value, character.value);
      if (composed != 0) {
        text[starter].value = composed;
        continue;
      }
    }
    if (character.combining_class == 0) starter = kept;
    text[kept++] = character;
  }
  text.resize(kept);
}

bool all_below(std::string_view text, char32_t limit) {
  for (size_t position = 0; position < text.size();) {
    if (static_cast<uint8_t>(text[position]) < 0x80) {
      ++position;
    } else if (next_character(text, position) >= limit) {
      return false;
    }
  }
  return true;
}

}  // namespace

void to_normal_form(std::string& text, NormalForm form) {
  const bool composes = form == NormalForm::kNfc || form == NormalForm::kNfkc;
  const bool compatible = form == NormalForm::kNfkc || form == NormalForm::kNfkd;
  if (all_below(text, form == NormalForm::kNfc ? kFirstCombining : 0x80)) return;

  std::vector<Character> characters;
  characters.reserve(text.size());
  for (size_t position = 0; position < text.size();)
    append_decomposed(characters, next_character(text, position), compatible);
  order_marks(characters);
  if (composes) compose(characters);

  text.clear();
  for (const Character character : characters) append_character(text, character.value);
}

void to_lowercase(std::string& text) {
  std::string lower;
  lower.reserve(text.size());
  for (size_t position = 0; position < text.size();) {
    const auto byte = static_cast<uint8_t>(text[position]);
    if (byte < 0x80) {
      lower.push_back(static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte));
      ++position;
      continue;
    }
    const char32_t character = next_character(text, position);
    const Lowercase* row = find_character(kLowercase, character);
    if (row == nullptr) append_character(lower, character);
    for (size_t i = 0; row != nullptr && i < row->size; ++i)
      append_character(lower, kSequences[row->offset + i]);
  }
  text.swap(lower);
}

}  // namespace lmos::bpe
