// The daemon's routes as an OpenAPI document.
#pragma once

#include <string>
#include <vector>

#include "formats/json.h"
#include "serve/route.h"

namespace lmos::serve {

// {"error": {"message", "type", "param", "code"}}
Shape error_shape();

// Version 3.1 of the format. `keys`: whether API keys are asked for.
Json openapi_document(const std::vector<Route>& routes, bool keys);

}  // namespace lmos::serve
