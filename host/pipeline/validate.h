// Checks a configuration against its schema and completes it.
#pragma once

#include <vector>

#include "pipeline/config_tree.h"
#include "pipeline/problems.h"
#include "pipeline/schema.h"

namespace lmos {

// The tree with defaults filled in, integers turned into numbers where the schema says so, aliases
// replaced, and keys in the order of the schema. Whatever does not fit is added to `problems`, with
// its place and the nearest valid key, and left out of the result.
// Throws Error(kPlugin) only when a plugin's own schema is at fault.
ConfigTree resolve(const ConfigTree& given, const std::vector<Field>& fields,
                   const PluginSchemas& plugins, Problems& problems);

// The same; throws Error(kConfiguration) that lists every problem, one a line.
ConfigTree validate(const ConfigTree& given, const std::vector<Field>& fields,
                    const PluginSchemas& plugins);

}  // namespace lmos
