// A resolved tree as plain values.
#pragma once

#include <string_view>

#include "pipeline/config_tree.h"
#include "pipeline/pipeline.h"

namespace lmos {

// Fills in the defaults that depend on other keys: generate.seed, evaluate.batch,
// schedule.min_ratio.
ConfigTree with_dependent_defaults(PipelineKind kind, ConfigTree resolved);

// "compute", "compact", "int8" or "float8"; what is none of them is as "compute".
WeightStorage weight_storage_from(std::string_view text);

// `resolved`: a valid and complete `backend` section.
BackendSection backend_from(const ConfigTree& resolved);

// `resolved` is valid and complete.
Pipeline pipeline_from(PipelineKind kind, const ConfigTree& resolved);

}  // namespace lmos
