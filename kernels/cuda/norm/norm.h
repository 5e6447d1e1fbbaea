// RMSNorm and LayerNorm over rows, with the residual sum before them, and their gradients.
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/float_type.h"

namespace lmos::cuda {

struct NormShape {
  Float type;         // of x, y and their gradients
  Float weight_type;  // of w, b and their gradients
  int64_t rows, embed;
  bool centred;  // LayerNorm: subtracts the mean and adds b
};

// Rows longer than this need more shared memory than a block has.
inline constexpr int64_t kLongestNorm = 12288;

// y = (x − mean) · rstd · w + b, or x · rstd · w.
struct Norm {
  NormShape shape;
  float epsilon;
  const void* x;         // [rows, embed]
  const void* residual;  // [rows, embed], added to x first; or null
  const void* weight;    // [embed]
  const void* bias;      // [embed]; null unless centred
  void* sum;             // [rows, embed], x + residual; null without a residual
  void* y;               // [rows, embed]
  float* mean;           // [rows]; null unless centred
  float* rstd;           // [rows]
};
void norm(cudaStream_t stream, const Norm& args);

struct NormGrad {
  NormShape shape;
  const void* dy;      // [rows, embed]
  const void* x;       // [rows, embed]
  const void* weight;  // [embed]
  const float* mean;   // [rows]; null unless centred
  const float* rstd;   // [rows]
  const void* d;       // [rows, embed], added to dx; or null
  void* dx;            // [rows, embed]
  void* dweight;       // [embed]
  void* dbias;         // [embed]; null unless centred
  float* sum;          // [embed], Σ dx over the rows; or null. Only if centred
  float* scratch;      // norm_grad_scratch_bytes()
};
int64_t norm_grad_scratch_bytes(const NormShape& shape);
// Sums over rows are in a fixed order.
void norm_grad(cudaStream_t stream, const NormGrad& args);

}  // namespace lmos::cuda
