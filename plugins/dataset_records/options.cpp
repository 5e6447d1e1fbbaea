#include "options.h"

#include <algorithm>
#include <utility>

namespace lmos::records {

namespace {

constexpr std::pair<std::string_view, Format> kFormats[] = {{"tsv", Format::kTsv},
                                                            {"csv", Format::kCsv},
                                                            {"jsonl", Format::kJsonLines},
                                                            {"json", Format::kJson}};

}  // namespace

Options read_options(const sdk::Config& section) {
  Options options;
  options.splits = files::read_split_options(section);
  options.format = section.string_or("format", "auto");
  if (const sdk::Config columns = section.find("columns"))
    for (const sdk::Config& column : columns.elements())
      options.columns.emplace_back(column.as_string());
  options.each = section.string_or("each", "");
  options.text = section.string_or("text", "text");
  options.skip_invalid = section.string_or("invalid", "error") == "skip";
  return options;
}

Format format_of(const Options& options, const std::string& path) {
  for (const auto& [name, format] : kFormats)
    if (options.format == name ||
        (options.format == "auto" && path.ends_with("." + std::string(name))))
      return format;
  throw sdk::invalid("`" + path +
                     "`: its name ends in none of .tsv, .csv, .jsonl and .json; set `format`");
}

}  // namespace lmos::records
