// The gated activation silu(gate) · up (Shazeer 2020).
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

struct Swiglu {
  Float type;
  int64_t count;  // elements
  const void* gate;
  const void* up;
  void* y;
};

struct SwigluGrad {
  Float type;
  int64_t count;  // elements
  const void* dy;
  const void* gate;
  const void* up;
  void* dgate;
  void* dup;
};

struct ActivationKernels {
  void (*swiglu)(const Parallel& parallel, const Swiglu& args);
  void (*swiglu_grad)(const Parallel& parallel, const SwigluGrad& args);
};

}  // namespace lmos::cpu
