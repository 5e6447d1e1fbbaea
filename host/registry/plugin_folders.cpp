#include "registry/plugin_folders.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "errors/error.h"

namespace lmos::registry {

namespace fs = std::filesystem;

fs::path program_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error)
    throw Error(ErrorKind::kResource,
                "the running program's folder is unknown: /proc/self/exe: " + error.message());
  return program.parent_path();
}

std::vector<fs::path> default_plugin_folders() {
  std::vector<fs::path> folders;
  const char* variable = std::getenv("LLMASOS_PLUGIN_PATH");
  std::istringstream entries(variable == nullptr ? "" : variable);
  for (std::string entry; std::getline(entries, entry, ':');) {
    if (entry.empty()) continue;
    if (entry[0] != '/')
      throw Error(ErrorKind::kUsage, "LLMASOS_PLUGIN_PATH: `" + entry +
                                         "` is relative; give absolute folders, separated by `:`");
    folders.push_back(entry);
  }
  folders.push_back(program_folder() / ".." / "lib" / "llmasos" / "plugins");
  return folders;
}

std::vector<fs::path> libraries_in(const fs::path& folder) {
  std::vector<fs::path> libraries;
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (error) return libraries;
  for (fs::directory_iterator entry(real, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().extension() == ".so" && !entry->is_directory())
      libraries.push_back(entry->path());
  std::sort(libraries.begin(), libraries.end());
  return libraries;
}

}  // namespace lmos::registry
