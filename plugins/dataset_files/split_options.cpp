#include "dataset_files/split_options.h"

namespace lmos::files {

namespace {

std::vector<std::string> read_paths(const sdk::Config& value) {
  std::vector<std::string> paths;
  if (value.is_list())
    for (const sdk::Config& element : value.elements()) paths.emplace_back(element.as_string());
  else
    paths.emplace_back(value.as_string());
  if (paths.empty()) value.fail("the list is empty; name at least one file");
  return paths;
}

}  // namespace

SplitOptions read_split_options(const sdk::Config& section) {
  SplitOptions options;
  options.paths = read_paths(section.require("path"));
  if (const sdk::Config validation = section.find("validation"))
    options.validation_paths = read_paths(validation);
  options.validation_fraction = section.float_or("validation_fraction", 0);
  if (!(options.validation_fraction >= 0 && options.validation_fraction < 1))
    section.fail("`validation_fraction` must be at least 0 and below 1");
  if (options.validation_fraction > 0 && !options.validation_paths.empty())
    section.fail("`validation` and `validation_fraction` are both given; keep one");
  return options;
}

bool is_validation(const sdk::Config& section, const SplitOptions& options,
                   std::string_view split) {
  if (split == "train") return false;
  if (split != "validation")
    throw sdk::unsupported("there is no split `" + std::string(split) + "`");
  if (options.validation_paths.empty() && options.validation_fraction == 0)
    throw sdk::unsupported(section.place() +
                           ": set `validation` or `validation_fraction` for a validation split");
  return true;
}

}  // namespace lmos::files
