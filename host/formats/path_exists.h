// Is there a file or folder of this name?
#pragma once

#include <filesystem>

namespace lmos {

// Follows links. Error(kInput) when that cannot be found out, for example in a folder that may not
// be searched.
bool path_exists(const std::filesystem::path& path);

}  // namespace lmos
