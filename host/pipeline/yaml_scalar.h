// The types of unquoted scalars, by the core schema of YAML 1.2, and how numbers are written.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/config_tree.h"

namespace lmos {

// null, ~, true, false, 12, 0x1f, 0o17, 1.0e-3, .inf, .nan; anything else is a string (so are
// yes, no, on and off). Throws Error(kConfiguration) for an integer beyond 64 bits.
ConfigTree scalar_from_plain(std::string_view text, const Place& place);

// The shortest text that reads back as the same double, and as a double: "1.0", "1.0e-05", ".inf".
std::string format_double(double value);

}  // namespace lmos
