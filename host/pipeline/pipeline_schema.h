// The schema of a pipeline file.
#pragma once

#include <string>
#include <vector>

#include "pipeline/pipeline.h"
#include "pipeline/schema.h"

namespace lmos {

// Every key of a pipeline file, whatever its kind; no section is required.
std::vector<Field> pipeline_fields();

// What the kind makes of it: sections it needs are required or filled in, those it does not use are
// refused.
std::vector<Field> pipeline_fields(PipelineKind kind);

// All kinds, in the order in which `kind:` lists them.
const std::vector<PipelineKind>& pipeline_kinds();

}  // namespace lmos
