// Normalisation of rows by mean and variance (Ba et al. 2016).
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

// y = (x − mean) · rstd · weight + bias, rstd = (mean (x − mean)² + epsilon)^-½.
struct LayerNorm {
  Float type;         // of x, y
  Float weight_type;  // of weight, bias
  int64_t rows, embed;
  float epsilon;
  const void* x;       // [rows, embed]
  const void* weight;  // [embed]
  const void* bias;    // [embed]
  void* y;             // [rows, embed]
  float* mean;         // [rows]
  float* rstd;         // [rows]
};

// With h = (x − mean) · rstd and g = dy · weight: dx = rstd · (g − mean(g) − h · mean(g · h));
// dweight = Σ over rows of dy · h; dbias = Σ over rows of dy.
struct LayerNormGrad {
  Float type;         // of dy, x, dx
  Float weight_type;  // of weight, dweight, dbias
  int64_t rows, embed;
  const void* dy;      // [rows, embed]
  const void* x;       // [rows, embed]
  const void* weight;  // [embed]
  const float* mean;   // [rows]
  const float* rstd;   // [rows]
  void* dx;            // [rows, embed]
  void* dweight;       // [embed]
  void* dbias;         // [embed]
  float* partial;      // scratch, layer_norm_partials(rows) · 2 · embed
};

// dweight and dbias are summed in so many fixed groups of rows, whatever the number of threads.
constexpr int64_t layer_norm_partials(int64_t rows) { return rows < 32 ? rows : 32; }

struct LayerNormKernels {
  void (*layer_norm)(const Parallel& parallel, const LayerNorm& args);
  void (*layer_norm_grad)(const Parallel& parallel, const LayerNormGrad& args);
};

}  // namespace lmos::cpu
