// Files that hold a JSON value a line.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "formats/json.h"

namespace lmos {

// Calls take(value, where) for each line that is not blank, in order; `where` is "FILE:LINE".
// Error(kInput) for a file that can't be read, and for a line that is no JSON.
void read_json_lines(const std::filesystem::path& path,
                     const std::function<void(const Json& value, const std::string& where)>& take);

}  // namespace lmos
