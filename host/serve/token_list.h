// Tokens in requests and answers: a list of ids.
#pragma once

#include <cstdint>
#include <vector>

#include "serve/shape.h"

namespace lmos::serve {

// `minimum`: the fewest tokens.
Shape token_list(size_t minimum = 0);
std::vector<int32_t> read_tokens(const Json& list);

}  // namespace lmos::serve
