#include "formats/partial_path.h"

#include <unistd.h>

#include <string>

namespace lmos {

std::filesystem::path partial_path(const std::filesystem::path& path) {
  std::filesystem::path partial = path;
  partial += ".partial-" + std::to_string(::getpid());
  return partial;
}

std::filesystem::path containing_folder(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace lmos
