// Keeps a process from writing elsewhere than it may.
#pragma once

#include <filesystem>
#include <vector>

namespace lmos::worker {

// From now on this thread, those that it starts and their programs can make, change and remove
// files in `folders` and devices only, whatever paths and links they follow: the kernel refuses the
// rest (Landlock). Returns false, and does nothing, where the kernel can't.
bool restrict_writes(const std::vector<std::filesystem::path>& folders);

}  // namespace lmos::worker
