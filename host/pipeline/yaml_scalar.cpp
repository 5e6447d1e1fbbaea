#include "pipeline/yaml_scalar.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "errors/error.h"
#include "pipeline/quoted_text.h"

namespace lmos {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

size_t count_digits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

// [0-9]+ | 0x[0-9a-fA-F]+ | 0o[0-7]+, the first with an optional sign. Returns the base, 0 for no
// integer.
int integer_base(std::string_view text) {
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'o')) {
    const bool hex = text[1] == 'x';
    const std::string_view allowed = hex ? "0123456789abcdefABCDEF" : "01234567";
    if (text.find_first_not_of(allowed, 2) == std::string_view::npos) return hex ? 16 : 8;
    return 0;
  }
  const std::string_view digits = without_sign(text);
  return !digits.empty() && count_digits(digits) == digits.size() ? 10 : 0;
}

// (\.[0-9]+ | [0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? with an optional sign.
bool is_decimal(std::string_view text) {
  text = without_sign(text);
  const size_t whole = count_digits(text);
  text.remove_prefix(whole);
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    const size_t fraction = count_digits(text);
    if (whole + fraction == 0) return false;
    text.remove_prefix(fraction);
  } else if (whole == 0) {
    return false;
  }
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text = without_sign(text.substr(1));
  return !text.empty() && count_digits(text) == text.size();
}

std::optional<double> special_double(std::string_view text) {
  const std::string_view name = without_sign(text);
  if (name == ".inf" || name == ".Inf" || name == ".INF") {
    const double infinity = std::numeric_limits<double>::infinity();
    return text[0] == '-' ? -infinity : infinity;
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::nullopt;
}

int64_t parse_integer(std::string_view text, int base, const Place& place) {
  std::string_view digits = text;
  if (base != 10) digits.remove_prefix(2);
  if (digits[0] == '+') digits.remove_prefix(1);
  int64_t value = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value, base).ec !=
      std::errc()) {
    throw Error(ErrorKind::kConfiguration, place.text() + ": the integer " + in_quotes(text) +
                                               " does not fit in 64 bits; put it in quotes if "
                                               "it is meant as text");
  }
  return value;
}

double parse_double(std::string_view text) {
  if (text[0] == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves the value alone here; strtod tells overflow from underflow.
    return std::strtod(std::string(text).c_str(), nullptr);
  }
  return value;
}

}  // namespace

ConfigTree scalar_from_plain(std::string_view text, const Place& place) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return ConfigTree::null(place);
  }
  if (text == "true" || text == "True" || text == "TRUE") return ConfigTree::boolean(true, place);
  if (text == "false" || text == "False" || text == "FALSE") {
    return ConfigTree::boolean(false, place);
  }
  if (const int base = integer_base(text)) {
    return ConfigTree::integer(parse_integer(text, base, place), place);
  }
  if (is_decimal(text)) return ConfigTree::number(parse_double(text), place);
  if (const auto special = special_double(text)) return ConfigTree::number(*special, place);
  return ConfigTree::string(std::string(text), place);
}

std::string format_double(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  std::string text(buffer, end);
  if (text.find('.') == std::string::npos) {
    const size_t exponent = text.find('e');
    text.insert(exponent == std::string::npos ? text.size() : exponent, ".0");
  }
  return text;
}

}  // namespace lmos
