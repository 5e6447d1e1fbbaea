// Conversion of one element between any two dtypes.
#pragma once

#include <limits>

#include "element.h"

namespace lmos::reference {

// Floats round to nearest even. A float becomes an integer by truncation; out of range it becomes
// the nearest integer of the type, and NaN becomes 0.
template <class To, class From>
To convert(From x) {
  auto value = widen(x);
  if constexpr (std::is_integral_v<To> && std::is_floating_point_v<decltype(value)>) {
    constexpr auto kLowest = std::numeric_limits<To>::min();
    constexpr auto kHighest = std::numeric_limits<To>::max();
    double real = value;
    if (std::isnan(real)) return 0;
    if (real <= static_cast<double>(kLowest)) return kLowest;
    if (real >= static_cast<double>(kHighest)) return kHighest;
    return static_cast<To>(real);
  } else if constexpr (is_half<To> && std::is_integral_v<decltype(value)>) {
    return narrow<To>(static_cast<double>(value));
  } else {
    return narrow<To>(value);
  }
}

}  // namespace lmos::reference
