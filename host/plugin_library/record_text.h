// Plugin records as lines of text, for the pipe from a probe and for the cache file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "plugin_library/plugin_record.h"

namespace lmos::registry {

// `text` with backslashes and line feeds escaped, so that it fits one line.
std::string escape_line(std::string_view text);
std::string unescape_line(std::string_view line);

// Takes the first line off `text`; nothing if it has no complete line.
std::optional<std::string_view> take_line(std::string_view& text);

std::string write_record(const PluginRecord& record);
// Takes one record off `text`; nothing if it is malformed.
std::optional<PluginRecord> take_record(std::string_view& text);

}  // namespace lmos::registry
