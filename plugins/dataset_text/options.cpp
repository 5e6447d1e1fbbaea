#include "options.h"

namespace lmos::text {

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

Options read_options(const sdk::Config& section) {
  Options options;
  options.paths = read_paths(section.require("path"));
  if (const sdk::Config validation = section.find("validation"))
    options.validation_paths = read_paths(validation);
  options.validation_fraction = section.float_or("validation_fraction", 0);
  if (!(options.validation_fraction >= 0 && options.validation_fraction < 1))
    section.fail("`validation_fraction` must be at least 0 and below 1");
  if (options.validation_fraction > 0 && !options.validation_paths.empty())
    section.fail("`validation` and `validation_fraction` are both given; keep one");
  options.separator = section.string_or("separator", "");
  options.json_field = section.string_or("json_field", "text");
  const std::string invalid = section.string_or("invalid", "error");
  if (invalid != "error" && invalid != "replace")
    section.fail("`invalid` is `" + invalid + "`; it must be error or replace");
  options.replace_invalid = invalid == "replace";
  return options;
}

}  // namespace lmos::text
