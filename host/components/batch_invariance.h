// The option of backends that makes a token's results independent of its batch.
#pragma once

#include <string>

#include "pipeline/config_tree.h"
#include "pipeline/schema.h"

namespace lmos::components {

// `options`, a section, with `batch_invariant: true` where the backend has that field and the
// section does not say otherwise.
ConfigTree with_batch_invariance(const ConfigTree& options, const std::string& backend,
                                 const PluginSchemas& plugins);

}  // namespace lmos::components
