// The optimizer's passes over parameters and gradients.
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

// One step of AdamW (Loshchilov and Hutter 2019), in PyTorch's order of operations.
struct Adamw {
  Float parameter_type, moment_type, gradient_type;
  bool decay;
  int64_t count;  // elements
  void* parameter;
  void* m;
  void* v;
  const void* gradient;
  const float* hyper;  // learning rate, β1, β2, ε, weight decay, 1−β1ᵗ, 1−β2ᵗ
  const float* clip;   // factor of the gradient
};

// The sum of squares is formed over fixed pieces of so many elements, whatever the number of
// threads.
inline constexpr int64_t kNormPiece = 4096;

struct SumOfSquares {
  Float type;
  int64_t count;  // elements
  const void* x;
  double* partial;  // [⌈count / kNormPiece⌉], written
};

struct OptimizerKernels {
  void (*adamw)(const Parallel& parallel, const Adamw& args);
  void (*sum_of_squares)(const Parallel& parallel, const SumOfSquares& args);
};

}  // namespace lmos::cpu
