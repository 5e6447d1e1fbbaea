// Checking the sizes of an architecture, wherever they were read from.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace lmos::sdk {

// Far above any model, and small enough that no product of two sizes overflows.
inline constexpr int64_t kLargestSize = int64_t{1} << 30;
inline constexpr int64_t kMostLayers = 10000;

struct Size {
  const char* name;  // as the user wrote it
  int64_t value;
  int64_t largest = kLargestSize;
};

// What is wrong with the first size that is not from 1 to its largest, or "".
inline std::string size_problem(std::span<const Size> sizes) {
  for (const Size& size : sizes)
    if (size.value < 1 || size.value > size.largest)
      return "`" + std::string(size.name) + "` is " + std::to_string(size.value) +
             "; it must be from 1 to " + std::to_string(size.largest);
  return "";
}

// What is wrong with a rate of dropout, or "".
inline std::string rate_problem(const char* name, double rate) {
  if (rate >= 0 && rate < 1) return "";
  return "`" + std::string(name) + "` must be at least 0 and below 1";
}

}  // namespace lmos::sdk
