// Text from the user, as messages show it.
#pragma once

#include <string>
#include <string_view>

namespace lmos {

// `text` in single quotes for a message: cut at 60 characters, control characters escaped.
std::string in_quotes(std::string_view text);

}  // namespace lmos
