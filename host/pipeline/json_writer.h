// A configuration tree as JSON text.
#pragma once

#include <string>

#include "pipeline/config_tree.h"

namespace lmos {

// Indented by two spaces, with a line feed at the end. Throws Error(kInternal) for infinity and
// NaN, which JSON cannot hold.
std::string write_json(const ConfigTree& tree);

}  // namespace lmos
