// Sets of characters as parts of a PCRE2 pattern.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lmos::tokenizer {

// Matches one character.
class CharacterClass {
 public:
  CharacterClass() = default;  // empty

  // `items`: what stands between the brackets of a class.
  static CharacterClass of(std::string items);
  // By one of Oniguruma's names of properties, general categories, scripts and POSIX classes; none
  // for what can't be a name. Letter case, spaces, '-' and '_' do not matter.
  static std::optional<CharacterClass> named(std::string_view name);
  // Of \w, \d, \s, \h (a hexadecimal digit) in Oniguruma. Outside of brackets its \w also takes the
  // superscript digits and fractions of Latin-1.
  static CharacterClass word(bool in_brackets);
  static CharacterClass digit();
  static CharacterClass white_space();
  static CharacterClass hexadecimal();

  void add(char32_t character) { add_range(character, character); }
  void add_range(char32_t first, char32_t last);
  void add(const CharacterClass& other);
  CharacterClass complement() const;
  CharacterClass intersection(const CharacterClass& other) const;

  std::string pattern() const;

 private:
  std::string items_;  // of a class
  std::string more_;   // alternatives beside it: "|a|b"
};

}  // namespace lmos::tokenizer
