// --set key.path=value: one value of a configuration replaced from the command line.
#pragma once

#include <string>

#include "pipeline/config_tree.h"

namespace lmos {

// `assignment`: "train.steps=100", "optimizer.betas.1=0.95", "generate.stop=[END]". The value is
// YAML; sections on the way that are missing are added, so an unknown key shows in validation, with
// the place "--set". Throws Error(kUsage) for text that is no assignment, Error(kConfiguration)
// when the value is malformed YAML, or the path leads through a scalar or past the end of a list.
ConfigTree apply_override(const ConfigTree& tree, const std::string& assignment);

}  // namespace lmos
