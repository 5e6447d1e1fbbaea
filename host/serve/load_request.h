// The body of POST /v1/models/load.
#pragma once

#include "formats/json.h"
#include "pipeline/config_tree.h"
#include "serve/shape.h"

namespace lmos::serve {

// The keys of an element of `models` in the daemon's file.
Shape load_body();

// A body of that shape as such an element; load_model_config() checks its values.
ConfigTree model_of_request(const Json& body);

}  // namespace lmos::serve
