// The rules of a pipeline file that no single key can state.
#pragma once

#include "pipeline/config_tree.h"
#include "pipeline/pipeline.h"
#include "pipeline/problems.h"

namespace lmos {

// Adds every combination that cannot work, with its place. `given`: the file's tree; `resolved`:
// what validation made of it, in which wrong values are missing.
void check_combinations(PipelineKind kind, const ConfigTree& given, const ConfigTree& resolved,
                        Problems& problems);

}  // namespace lmos
