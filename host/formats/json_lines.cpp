#include "formats/json_lines.h"

#include <fstream>

#include "errors/error.h"
#include "formats/json_text.h"

namespace lmos {

void read_json_lines(const std::filesystem::path& path,
                     const std::function<void(const Json&, const std::string&)>& take) {
  std::ifstream file(path);
  if (!file) throw Error(ErrorKind::kInput, path.string() + " can't be read; does it exist?");
  std::string line;
  for (int64_t number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = path.string() + ":" + std::to_string(number);
    take(parse_json(line, where), where);
  }
  if (file.bad()) throw Error(ErrorKind::kResource, path.string() + " can't be read to its end");
}

}  // namespace lmos
