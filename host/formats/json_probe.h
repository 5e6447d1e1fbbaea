// One text value out of a large JSON file, without reading all of it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lmos {

// The string at `path`, keys from the outermost object inwards; nothing when there is none, or the
// text is damaged before it is reached. Stops where it is found. At most a few kilobytes of memory.
std::optional<std::string> find_json_string(std::string_view text,
                                            std::span<const std::string_view> path);

}  // namespace lmos
