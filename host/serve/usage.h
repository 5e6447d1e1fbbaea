// The tokens that a request used.
#pragma once

#include <cstdint>

#include "formats/json.h"
#include "serve/shape.h"

namespace lmos::serve {

struct Usage {
  int64_t prompt_tokens = 0, completion_tokens = 0;
  int64_t cached_tokens = 0;  // of the prompt
  // As answers of /v1/completions tell it.
  Json json() const;
};

// Of Usage::json().
Shape usage_shape();
// A number of things.
Shape count_shape();

}  // namespace lmos::serve
