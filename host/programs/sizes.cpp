#include "programs/sizes.h"

#include <array>
#include <cstdio>
#include <span>

namespace lmos {
namespace {

std::string scaled(double number, std::span<const char* const> units) {
  size_t unit = 0;
  // 999.5 would print as 1000.
  for (; number >= 999.5 && unit + 1 < units.size(); ++unit) number /= 1000;
  std::array<char, 48> text;
  const int decimals = unit == 0 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f%s", decimals, number, units[unit]);
  return text.data();
}

}  // namespace

std::string format_bytes(uint64_t bytes) {
  constexpr const char* kUnits[] = {" bytes", " kB", " MB", " GB", " TB"};
  return scaled(static_cast<double>(bytes), kUnits);
}

std::string format_magnitude(int64_t count) {
  constexpr const char* kUnits[] = {"", " K", " M", " B", " T"};
  return scaled(static_cast<double>(count), kUnits);
}

}  // namespace lmos
