#include "tokenizer_core/text/unicode.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <vector>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/text/new_characters.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

// Hugging Face tokenizers know characters by tables of old versions of Unicode, and models are
// trained with what these say; so later characters, and those that were reclassified, are told
// apart here.
constexpr uint8_t kUnicode8 = 8, kUnicode9 = 9;

bool has_category(char32_t character, uint32_t mask) {
  return (U_GET_GC_MASK(static_cast<UChar32>(character)) & mask) != 0;
}

// Whether the character was there in the last version of Unicode with that major number.
bool is_as_old_as(char32_t character, uint8_t major) {
  UVersionInfo version;
  u_charAge(static_cast<UChar32>(character), version);
  return version[0] != 0 && version[0] <= major;
}

// Below it, no character has a combining class or takes part in a canonical composition.
constexpr char32_t kFirstCombining = 0x300;

const UNormalizer2* checked(const UNormalizer2* data, UErrorCode error) {
  if (U_FAILURE(error))
    throw TokenizerError(std::string("ICU's normalization data is missing: ") + u_errorName(error));
  return data;
}

const UNormalizer2* canonical_data() {
  UErrorCode error = U_ZERO_ERROR;
  static const UNormalizer2* data = checked(unorm2_getNFCInstance(&error), error);
  return data;
}

const UNormalizer2* compatible_data() {
  UErrorCode error = U_ZERO_ERROR;
  static const UNormalizer2* data = checked(unorm2_getNFKCInstance(&error), error);
  return data;
}

// `change` says how the character stands to what was there: 0 takes the place of one character, -n
// that of n + 1, and 1 is new beside the one before.
struct Character {
  char32_t value;
  uint8_t combining_class;
  int32_t change;
};

void append_decomposed(std::vector<Character>& out, char32_t character, const UNormalizer2* data) {
  const auto add = [&](char32_t part, int32_t change) {
    const uint8_t combining =
        part < kFirstCombining ? uint8_t{0} : u_getCombiningClass(static_cast<UChar32>(part));
    out.push_back({part, combining, change});
  };
  if (character >= kFirstCombining && !is_as_old_as(character, kUnicode9))
    return out.push_back({character, 0, 0});
  constexpr int32_t kLongest = 32;  // the longest decomposition has 18
  UChar units[kLongest];
  UErrorCode error = U_ZERO_ERROR;
  const int32_t size =
      character < 0x80
          ? -1
          : unorm2_getDecomposition(data, static_cast<UChar32>(character), units, kLongest, &error);
  if (size < 0 || U_FAILURE(error)) return add(character, 0);
  for (int32_t i = 0; i < size;) {
    UChar32 part = 0;
    const int32_t change = i == 0 ? 0 : 1;
    U16_NEXT(units, i, size, part);
    add(static_cast<char32_t>(part), change);
  }
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

void compose(std::vector<Character>& text) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t starter = kNone, kept = 0;
  for (const Character character : text) {
    if (starter != kNone) {
      // A mark is blocked where one of its class or above stands between it and the starter.
      const bool adjacent = kept == starter + 1;
      const bool blocked = !adjacent && text[kept - 1].combining_class >= character.combining_class;
      const UChar32 composed =
          blocked ? -1
                  : unorm2_composePair(canonical_data(), static_cast<UChar32>(text[starter].value),
                                       static_cast<UChar32>(character.value));
      if (composed >= 0 && is_as_old_as(static_cast<char32_t>(composed), kUnicode9)) {
        text[starter].value = static_cast<char32_t>(composed);
        text[starter].change += character.change - 1;
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

void to_normal_form(AlignedText& text, NormalForm form) {
  const bool composes = form == NormalForm::kNfc || form == NormalForm::kNfkc;
  const bool compatible = form == NormalForm::kNfkc || form == NormalForm::kNfkd;
  if (all_below(text.text(), form == NormalForm::kNfc ? kFirstCombining : 0x80)) return;

  const UNormalizer2* data = compatible ? compatible_data() : canonical_data();
  std::vector<Character> characters;
  characters.reserve(text.text().size());
  for (size_t position = 0; position < text.text().size();)
    append_decomposed(characters, next_character(text.text(), position), data);
  order_marks(characters);
  if (composes) compose(characters);

  AlignedText::Rewriter rewriter(text);
  std::string spelled;
  for (const Character character : characters) {
    spelled.clear();
    append_character(spelled, character.value);
    if (character.change > 0 || rewriter.rest().empty()) {
      rewriter.insert(spelled);
      continue;
    }
    rewriter.replace(character_bytes(rewriter.rest()[0]), spelled);
    for (int32_t i = character.change; i < 0 && !rewriter.rest().empty(); ++i)
      rewriter.drop(character_bytes(rewriter.rest()[0]));
  }
  rewriter.drop(rewriter.rest().size());
  rewriter.finish();
}

namespace {

// Capital letters of Unicode 16 and 17: `first` to `last` become `lower` and those after it.
struct NewCapitals {
  char32_t first, last, lower;
};

constexpr NewCapitals kNewCapitals[] = {
    {0x1C89, 0x1C89, 0x1C8A},    {0xA7CB, 0xA7CB, 0x264},  {0xA7CC, 0xA7CC, 0xA7CD},
    {0xA7CE, 0xA7CE, 0xA7CF},    {0xA7D2, 0xA7D2, 0xA7D3}, {0xA7D4, 0xA7D4, 0xA7D5},
    {0xA7DA, 0xA7DA, 0xA7DB},    {0xA7DC, 0xA7DC, 0x19B},  {0x10D50, 0x10D65, 0x10D70},
    {0x16EA0, 0x16EB8, 0x16EBB},
};

char32_t lower_case(char32_t character) {
  const auto lower = static_cast<char32_t>(u_tolower(static_cast<UChar32>(character)));
  if (character < kNewCapitals[0].first || lower != character) return lower;
  for (const NewCapitals& capitals : kNewCapitals) {
    if (character >= capitals.first && character <= capitals.last)
      return capitals.lower + (character - capitals.first);
  }
  return character;
}

}  // namespace

void append_lowercase(std::string& text, char32_t character) {
  constexpr char32_t kCapitalIWithDot = 0x130, kDotAbove = 0x307;
  append_character(text, lower_case(character));
  if (character == kCapitalIWithDot) append_character(text, kDotAbove);
}

bool is_punctuation(char32_t character) {
  if (character < 0x80)
    return (character >= '!' && character <= '/') || (character >= ':' && character <= '@') ||
           (character >= '[' && character <= '`') || (character >= '{' && character <= '~');
  if (character == 0x166D || character == 0x111C9) return true;
  return has_category(character, U_GC_P_MASK) && is_as_old_as(character, kUnicode8);
}

bool is_numeric(char32_t character) {
  return has_category(stand_in(character, kUnicode17), U_GC_N_MASK);
}

bool is_other(char32_t character) {
  if (character < 0x80) return character < ' ' || character == 0x7F;
  return has_category(character, U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK) &&
         is_as_old_as(character, kUnicode8);
}

bool is_nonspacing_mark(char32_t character) {
  if (character < kFirstCombining) return false;
  if (character == 0x1734) return true;
  if (character == 0x1885 || character == 0x1886 || character == 0xA9BD || character == 0x111C9)
    return false;
  return has_category(character, U_GC_MN_MASK) && is_as_old_as(character, kUnicode8);
}

bool is_combining_mark(char32_t character) {
  if (character < kFirstCombining) return false;
  if (character == 0x1CF2 || character == 0x1CF3) return true;
  if (character == 0x111C9) return false;
  return has_category(character, U_GC_M_MASK) && is_as_old_as(character, kUnicode9);
}

int32_t script_of(char32_t character) {
  switch (character) {
    case ' ':
      return kNoScript;
    case 0x30FC:  // the prolonged sound mark
      return USCRIPT_HAN;
    case 0x953:
    case 0x954:
      return USCRIPT_DEVANAGARI;
    case 0x589:
    case 0x61C:
      return USCRIPT_COMMON;
    default:
      break;
  }
  if (!is_as_old_as(character, kUnicode9)) return kNoScript;
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(character), &error);
  if (script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA) return USCRIPT_HAN;
  return U_FAILURE(error) || script == USCRIPT_UNKNOWN ? kNoScript : script;
}

}  // namespace lmos::tokenizer
