// Strings of the C ABI as C++ views.
#pragma once

#include <string_view>

#include "llmasos/types.h"

namespace lmos::sdk {

// Valid as long as the string is.
constexpr std::string_view view(lmos_string text) {
  return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

// `text` outlives the use of the result.
constexpr lmos_string borrow(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace lmos::sdk
