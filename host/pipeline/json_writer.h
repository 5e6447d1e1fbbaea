// A configuration tree as JSON text.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/config_tree.h"

namespace lmos {

// Indented by two spaces, with a line feed at the end. Throws Error(kConfiguration) for infinity
// and NaN, which JSON cannot hold.
std::string write_json(const ConfigTree& tree);

// `text` as a JSON string with its quotes. YAML reads it as the same string.
std::string json_quote(std::string_view text);

}  // namespace lmos
