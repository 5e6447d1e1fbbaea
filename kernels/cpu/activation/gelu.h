// The Gaussian error linear unit (Hendrycks and Gimpel 2016), exact and by tanh.
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

// y = x · Φ(x); if approximate, y = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))).
struct Gelu {
  Float type;
  bool approximate;
  int64_t count;  // elements
  const void* x;
  void* y;
};

struct GeluGrad {
  Float type;
  bool approximate;
  int64_t count;  // elements
  const void* dy;
  const void* x;
  void* dx;
};

struct GeluKernels {
  void (*gelu)(const Parallel& parallel, const Gelu& args);
  void (*gelu_grad)(const Parallel& parallel, const GeluGrad& args);
};

}  // namespace lmos::cpu
