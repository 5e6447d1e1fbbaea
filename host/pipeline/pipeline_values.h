// A resolved tree as plain values.
#pragma once

#include "pipeline/config_tree.h"
#include "pipeline/pipeline.h"

namespace lmos {

// Fills in the defaults that depend on other keys: generate.seed, evaluate.batch,
// schedule.min_ratio.
ConfigTree with_dependent_defaults(PipelineKind kind, ConfigTree resolved);

// `resolved`: a valid and complete `backend` section.
BackendSection backend_from(const ConfigTree& resolved);

// `resolved` is valid and complete.
Pipeline pipeline_from(PipelineKind kind, const ConfigTree& resolved);

}  // namespace lmos
