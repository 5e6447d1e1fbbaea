// "Did you mean": the known name that is closest to a mistyped one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmos {

// The nearest of `names` by edits (insert, delete, replace, swap of neighbours; letter case is
// free), or none when even that one is too far to be what was meant. The earlier name wins a tie.
std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& names);

// "a, b, c".
std::string join_names(const std::vector<std::string>& names);

}  // namespace lmos
