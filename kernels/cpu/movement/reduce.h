// Sums and maxima along dimensions.
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

// y[o, i] = Σ or maximum over r of x[o, r, i], accumulated in f32.
struct ReduceArgs {
  bool maximum;  // else sum
  Float type;
  int64_t outer, reduced, inner;
  const void* x;  // [outer, reduced, inner]
  void* y;        // [outer, inner]
};

struct ReduceKernels {
  void (*reduce)(const Parallel& parallel, const ReduceArgs& args);
};

}  // namespace lmos::cpu
