// y = x wᵀ for a few rows of x: the weights are read once, as they lie in memory, at the memory's
// speed.
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

// A row of y does not depend on how many rows x has.
struct Skinny {
  Float type;         // of x, w
  Float result_type;  // of y
  Float bias_type;
  int64_t rows, inputs, outputs;
  const void* x;     // [rows, inputs]
  const void* w;     // [outputs, inputs]
  const void* bias;  // [outputs] or null
  void* y;           // [rows, outputs]
};

// Up to so many rows it is faster than a general product.
inline constexpr int64_t kSkinnyRows = 16;

struct SkinnyKernels {
  void (*skinny)(const Parallel& parallel, const Skinny& args);
};

}  // namespace lmos::cpu
