// A configuration tree as YAML text.
#pragma once

#include <string>

#include "pipeline/config_tree.h"

namespace lmos {

// Sections as indented blocks, lists of scalars on one line. parse_yaml gives back an equal tree.
std::string write_yaml(const ConfigTree& tree);

}  // namespace lmos
