#include "formats/path_exists.h"

#include <system_error>

#include "formats/file_descriptor.h"

namespace lmos {

bool path_exists(const std::filesystem::path& path) {
  std::error_code error;
  bool exists = std::filesystem::exists(path, error);
  if (error) throw_read_error("look for", path, error.value());
  return exists;
}

}  // namespace lmos
