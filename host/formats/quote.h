// Text from a file, made safe to show in a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lmos {

// `text` as a JSON string in double quotes, so that control characters cannot reach a terminal.
// Longer than `max_bytes` it is cut at a character and ends in "…".
std::string quote_text(std::string_view text, size_t max_bytes = 120);

}  // namespace lmos
