// Where a file or folder is built before it gets its name.
#pragma once

#include <filesystem>

namespace lmos {

// `PATH.partial-PID`, in the folder of `path`, so that a rename between them stays within one file
// system.
std::filesystem::path partial_path(const std::filesystem::path& path);

// The folder that holds `path`: "." for a bare name.
std::filesystem::path containing_folder(const std::filesystem::path& path);

}  // namespace lmos
