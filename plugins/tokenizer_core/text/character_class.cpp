#include "tokenizer_core/text/character_class.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

struct Name {
  std::string_view name;
  std::string_view items;
};

constexpr std::string_view kWordItems = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";

constexpr Name kNames[] = {
    {"alnum", "\\p{Alphabetic}\\p{Nd}"},
    {"alpha", "\\p{Alphabetic}"},
    {"alphabetic", "\\p{Alphabetic}"},
    {"any", "\\p{Any}"},
    {"ascii", "\\x{0}-\\x{7F}"},
    {"blank", "\\p{Zs}\\t"},
    {"casedletter", "\\p{Lu}\\p{Ll}\\p{Lt}"},
    {"closepunctuation", "\\p{Pe}"},
    {"cntrl", "\\p{Cc}"},
    {"connectorpunctuation", "\\p{Pc}"},
    {"control", "\\p{Cc}"},
    {"currencysymbol", "\\p{Sc}"},
    {"dashpunctuation", "\\p{Pd}"},
    {"decimalnumber", "\\p{Nd}"},
    {"digit", "\\p{Nd}"},
    {"enclosingmark", "\\p{Me}"},
    {"finalpunctuation", "\\p{Pf}"},
    {"format", "\\p{Cf}"},
    {"initialpunctuation", "\\p{Pi}"},
    {"letter", "\\p{L}"},
    {"letternumber", "\\p{Nl}"},
    {"lineseparator", "\\p{Zl}"},
    {"lower", "\\p{Lowercase}"},
    {"lowercase", "\\p{Lowercase}"},
    {"lowercaseletter", "\\p{Ll}"},
    {"mark", "\\p{M}"},
    {"mathsymbol", "\\p{Sm}"},
    {"modifierletter", "\\p{Lm}"},
    {"modifiersymbol", "\\p{Sk}"},
    {"nonspacingmark", "\\p{Mn}"},
    {"number", "\\p{N}"},
    {"openpunctuation", "\\p{Ps}"},
    {"other", "\\p{C}"},
    {"otherletter", "\\p{Lo}"},
    {"othernumber", "\\p{No}"},
    {"otherpunctuation", "\\p{Po}"},
    {"othersymbol", "\\p{So}"},
    {"paragraphseparator", "\\p{Zp}"},
    {"privateuse", "\\p{Co}"},
    {"punct", "\\p{P}"},
    {"punctuation", "\\p{P}"},
    {"separator", "\\p{Z}"},
    {"space", "\\p{White_Space}"},
    {"spaceseparator", "\\p{Zs}"},
    {"spacingmark", "\\p{Mc}"},
    {"symbol", "\\p{S}"},
    {"titlecaseletter", "\\p{Lt}"},
    {"unassigned", "\\p{Cn}"},
    {"upper", "\\p{Uppercase}"},
    {"uppercase", "\\p{Uppercase}"},
    {"uppercaseletter", "\\p{Lu}"},
    {"whitespace", "\\p{White_Space}"},
    {"word", kWordItems},
    {"xdigit", "0-9A-Fa-f"},
};

// The complements of these.
constexpr Name kOpposites[] = {
    {"assigned", "\\p{Cn}"},
    {"graph", "\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}"},
    {"print", "\\t-\\r\\x{2028}\\x{2029}\\p{Cc}\\p{Cn}\\p{Cs}"},
};

// Properties that are neither categories nor scripts; those have names of their own.
constexpr std::string_view kBinaryProperties[] = {
    "asciihexdigit",
    "bidicontrol",
    "caseignorable",
    "cased",
    "dash",
    "defaultignorablecodepoint",
    "diacritic",
    "emoji",
    "emojicomponent",
    "emojimodifier",
    "emojimodifierbase",
    "emojipresentation",
    "extendedpictographic",
    "extender",
    "graphemebase",
    "graphemeextend",
    "hexdigit",
    "idcontinue",
    "idstart",
    "ideographic",
    "joincontrol",
    "math",
    "noncharactercodepoint",
    "patternsyntax",
    "patternwhitespace",
    "quotationmark",
    "radical",
    "regionalindicator",
    "softdotted",
    "terminalpunctuation",
    "unifiedideograph",
    "variationselector",
    "xidcontinue",
    "xidstart",
};

std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char letter : name) {
    if (letter == ' ' || letter == '_' || letter == '-') continue;
    plain.push_back(letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a')
                                                   : letter);
  }
  return plain;
}

template <size_t kSize>
std::string_view find_items(const Name (&names)[kSize], std::string_view wanted) {
  const auto name = std::find_if(std::begin(names), std::end(names),
                                 [&](const Name& each) { return each.name == wanted; });
  return name == std::end(names) ? std::string_view{} : name->items;
}

// One of the general categories: L, Lu, …
bool is_category(std::string_view name) {
  constexpr std::string_view kCategories =
      " l lu ll lt lm lo m mn mc me n nd nl no p pc pd ps pe pi pf po s sm sc sk so z zs zl zp c "
      "cc "
      "cf cn co cs ";
  return name.size() <= 2 && kCategories.find(" " + std::string(name) + " ") != kCategories.npos;
}

// \p{...}, if that is all.
bool is_one_property(std::string_view items) {
  return items.starts_with("\\p{") && items.find('}') == items.size() - 1;
}

}  // namespace

CharacterClass CharacterClass::of(std::string items) {
  CharacterClass set;
  set.items_ = std::move(items);
  return set;
}

CharacterClass CharacterClass::word(bool in_brackets) {
  return of(std::string(kWordItems) + (in_brackets ? "" : "\\x{B2}\\x{B3}\\x{B9}\\x{BC}-\\x{BE}"));
}
CharacterClass CharacterClass::digit() { return of("\\p{Nd}"); }
CharacterClass CharacterClass::white_space() { return of("\\p{White_Space}"); }
CharacterClass CharacterClass::hexadecimal() { return of("0-9A-Fa-f"); }

std::optional<CharacterClass> CharacterClass::named(std::string_view name) {
  const std::string plain = plain_name(name);
  if (plain.empty()) return std::nullopt;
  if (!std::all_of(plain.begin(), plain.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
      })) {
    return std::nullopt;
  }
  if (const std::string_view items = find_items(kNames, plain); !items.empty())
    return of(std::string(items));
  if (const std::string_view items = find_items(kOpposites, plain); !items.empty())
    return of(std::string(items)).complement();
  if (is_category(plain)) {
    std::string category = plain;
    category[0] = static_cast<char>(category[0] - 'a' + 'A');
    return of("\\p{" + category + "}");
  }
  const bool is_binary = std::find(std::begin(kBinaryProperties), std::end(kBinaryProperties),
                                   plain) != std::end(kBinaryProperties);
  // A bare name would be the script's extensions for PCRE2.
  return of((is_binary ? "\\p{" : "\\p{sc:") + plain + "}");
}

void CharacterClass::add_range(char32_t first, char32_t last) {
  const auto append = [&](char32_t character) {
    if (character == '\\' || character == '[' || character == ']' || character == '^' ||
        character == '-') {
      items_.push_back('\\');
    }
    append_character(items_, character);
  };
  append(first);
  if (last == first) return;
  items_.push_back('-');
  append(last);
}

void CharacterClass::add(const CharacterClass& other) {
  items_ += other.items_;
  more_ += other.more_;
}

CharacterClass CharacterClass::complement() const {
  CharacterClass result;
  if (more_.empty() && is_one_property(items_)) {
    result.items_ = items_;
    result.items_[1] = 'P';
  } else if (more_.empty() && !items_.empty()) {
    result.more_ = "|[^" + items_ + "]";
  } else {
    result.more_ = "|(?!" + pattern() + ")\\p{Any}";
  }
  return result;
}

CharacterClass CharacterClass::intersection(const CharacterClass& other) const {
  CharacterClass result;
  result.more_ = "|(?=" + pattern() + ")" + other.pattern();
  return result;
}

std::string CharacterClass::pattern() const {
  if (more_.empty()) {
    if (items_.empty()) return "(?!)";
    return is_one_property(items_) ||
                   (items_.starts_with("\\P{") && items_.find('}') == items_.size() - 1)
               ? items_
               : "[" + items_ + "]";
  }
  const bool is_one_class =
      items_.empty() && more_.starts_with("|[^") && more_.find('|', 1) == more_.npos;
  if (is_one_class) return more_.substr(1);
  return "(?:" + (items_.empty() ? more_.substr(1) : "[" + items_ + "]" + more_) + ")";
}

}  // namespace lmos::tokenizer
