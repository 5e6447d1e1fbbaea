#include "options.h"

namespace lmos::text {

Options read_options(const sdk::Config& section) {
  Options options;
  options.splits = files::read_split_options(section);
  options.separator = section.string_or("separator", "");
  options.json_field = section.string_or("json_field", "text");
  const std::string invalid = section.string_or("invalid", "error");
  if (invalid != "error" && invalid != "replace")
    section.fail("`invalid` is `" + invalid + "`; it must be error or replace");
  options.invalid =
      invalid == "replace" ? files::InvalidUtf8::kReplace : files::InvalidUtf8::kError;
  return options;
}

}  // namespace lmos::text
