// GET /metrics.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "serve/model_table.h"

namespace lmos::serve {

// `errors`: answers by HTTP status.
std::string metrics_page(const ModelTable& models, const std::map<int, uint64_t>& errors);

}  // namespace lmos::serve
