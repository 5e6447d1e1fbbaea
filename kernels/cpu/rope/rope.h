// Rotary position embedding (Su et al. 2021), pairs (i, i + dim/2).
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

struct Rope {
  Float type;  // of x, y
  bool inverse;
  int64_t tokens, heads, dim;  // dim is even
  const void* x;               // [tokens, heads, dim]
  const int32_t* positions;    // [tokens]
  const float* frequencies;    // [dim/2], radians a position
  void* y;                     // [tokens, heads, dim]
};

struct RopeKernels {
  void (*rope)(const Parallel& parallel, const Rope& args);
};

}  // namespace lmos::cpu
