// From a pipeline file to a validated pipeline.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/config_tree.h"
#include "pipeline/pipeline.h"
#include "pipeline/schema.h"

namespace lmos {

// `overrides`: "key.path=value" each, applied in order (see apply_override).
// Throws Error(kConfiguration) that lists every problem of the file, one a line:
// "file:line:column: train.stepz: unknown key; did you mean 'steps'? (valid keys: ...)".
Pipeline load_pipeline(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                       const PluginSchemas& plugins);

// The same from a tree that a program has built.
Pipeline make_pipeline(const ConfigTree& tree, const std::vector<std::string>& overrides,
                       const PluginSchemas& plugins);

}  // namespace lmos
