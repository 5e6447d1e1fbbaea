// The schema of a pipeline file as JSON Schema (draft 2020-12), for editors.
#pragma once

#include <vector>

#include "pipeline/config_tree.h"
#include "pipeline/schema.h"

namespace lmos {

// A schema of a section with these fields; plugins' fields are conditional on the section's
// `plugin`.
ConfigTree json_schema_of(const std::vector<Field>& fields, const PluginSchemas& plugins);

// The whole of a pipeline file, with what each kind requires and refuses. `write_json` turns it
// into text. Accepts what validation accepts, save for rules between several values.
ConfigTree pipeline_json_schema(const PluginSchemas& plugins);

}  // namespace lmos
