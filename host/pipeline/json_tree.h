// JSON as a configuration tree, so that plugins read a config.json as they read YAML.
#pragma once

#include <string>

#include "pipeline/config_tree.h"

namespace lmos {

class Json;

// `where`: the file, for messages; each value's place is "WHERE: a.b.0". Integers beyond 64 signed
// bits become doubles.
ConfigTree config_tree_from_json(const Json& json, const std::string& where);

// The reverse; places are lost.
Json json_from_config_tree(const ConfigTree& tree);

}  // namespace lmos
