// JSON's escaping of strings.
#pragma once

#include <string>
#include <string_view>

namespace lmos {

// Appends `text`, UTF-8, with its quotes; only quotes, backslashes and control characters are
// escaped.
void append_json_string(std::string_view text, std::string& out);

}  // namespace lmos
