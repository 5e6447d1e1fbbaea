#include "tokenizer_core/text/unicode.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <vector>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

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
      if (composed >= 0) {
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

void append_lowercase(std::string& text, char32_t character) {
  constexpr char32_t kCapitalIWithDot = 0x130, kDotAbove = 0x307;
  append_character(text, static_cast<char32_t>(u_tolower(static_cast<UChar32>(character))));
  if (character == kCapitalIWithDot) append_character(text, kDotAbove);
}

namespace {

bool has_category(char32_t character, uint32_t mask) {
  return (U_GET_GC_MASK(static_cast<UChar32>(character)) & mask) != 0;
}

}  // namespace

bool is_punctuation(char32_t character) {
  if (character < 0x80)
    return (character >= '!' && character <= '/') || (character >= ':' && character <= '@') ||
           (character >= '[' && character <= '`') || (character >= '{' && character <= '~');
  return has_category(character, U_GC_P_MASK);
}

bool is_numeric(char32_t character) { return has_category(character, U_GC_N_MASK); }

bool is_other(char32_t character) { return has_category(character, U_GC_C_MASK); }

bool is_nonspacing_mark(char32_t character) { return has_category(character, U_GC_MN_MASK); }

int32_t script_of(char32_t character) {
  constexpr char32_t kProlongedSoundMark = 0x30FC;
  if (character == kProlongedSoundMark) return USCRIPT_HAN;
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(character), &error);
  switch (script) {
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
      return USCRIPT_HAN;
    default:
      return U_FAILURE(error) ? kNoScript : script;
  }
}

}  // namespace lmos::tokenizer
