// One line of a .jsonl file.
#pragma once

#include <string>
#include <string_view>

namespace lmos::text {

// The string member `field` of the object that the line holds. Throws Error(LMOS_INVALID) that
// begins with `where`.
std::string read_json_line(std::string_view line, const std::string& field,
                           const std::string& where);

}  // namespace lmos::text
