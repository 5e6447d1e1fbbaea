// Root-mean-square normalisation of rows (Zhang and Sennrich 2019), with and without a residual sum
// before it.
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

// y = x · rstd · weight, rstd = (mean x² + epsilon)^-½. With a residual, x + residual is written to
// `sum` and takes x's place.
struct RmsNorm {
  Float type;  // of x, residual, sum, y
  Float weight_type;
  int64_t rows, embed;
  float epsilon;
  const void* x;         // [rows, embed]
  const void* residual;  // [rows, embed] or null
  const void* weight;    // [embed]
  void* sum;             // [rows, embed]; null without residual
  void* y;               // [rows, embed]
  float* rstd;           // [rows]
};

// dx = rstd · (dy·weight − x · rstd² · mean(dy·weight·x)); dweight = Σ over rows of dy · x · rstd.
struct RmsNormGrad {
  Float type;         // of dy, x, dx
  Float weight_type;  // of weight, dweight
  int64_t rows, embed;
  const void* dy;      // [rows, embed]
  const void* x;       // [rows, embed]
  const void* weight;  // [embed]
  const float* rstd;   // [rows]
  void* dx;            // [rows, embed]
  void* dweight;       // [embed]
  float* partial;      // scratch, rms_norm_partials(rows) · embed
};

// dweight is summed in so many fixed groups of rows, whatever the number of threads.
constexpr int64_t rms_norm_partials(int64_t rows) { return rows < 32 ? rows : 32; }

struct NormKernels {
  void (*rms_norm)(const Parallel& parallel, const RmsNorm& args);
  void (*rms_norm_grad)(const Parallel& parallel, const RmsNormGrad& args);
};

}  // namespace lmos::cpu
