// Products of a few rows with a large matrix of weights, as decoding needs them: their time is that
// of reading the weights. Kernels fetch their first weights while the kernel before them in the
// stream still runs (dependent_launch.cuh).
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/float_type.h"

namespace lmos::cuda {

// How weights are stored: as x's type, or one byte each, times one scale for each output.
enum class WeightFormat : int32_t { same, e4m3, int8 };

// What becomes of the sums.
enum class SkinnyEpilogue : int32_t {
  plain,   // y = x wᵀ + bias + residual
  swiglu,  // y = silu(x w₀ᵀ) · x w₁ᵀ, of two matrices of one size; no bias or residual
};

inline constexpr int kSkinnyMatrices = 3;

struct SkinnyShape {
  Float type;           // of x, residual and y: bf16, f16 or f32
  WeightFormat format;  // `same` for f32
  SkinnyEpilogue epilogue;
  int64_t rows, inputs;
  bool normalised;    // x is first put through rms_norm
  bool wide = false;  // y is f32, whatever x is
};

inline constexpr int64_t kSkinnyRows = 16;

// True if the kernel covers the shape: up to kSkinnyRows rows; rows of weights and of x are whole
// groups of 16 bytes; x of 16 bits fits in 110 KiB of shared memory (the library's products read
// the weights as fast for the others); swiglu and rms_norm for 16-bit x.
bool skinny_covers(const SkinnyShape& shape);

struct SkinnyMatrix {
  int64_t outputs = 0;             // 0: there is no such matrix
  const void* weights = nullptr;   // [outputs, inputs]; 16-byte aligned
  const float* scales = nullptr;   // [outputs], for one-byte formats
  const void* bias = nullptr;      // [outputs] of bias_type (x's type or f32), or null
  const void* residual = nullptr;  // [rows, outputs], or null; may be y
  void* y = nullptr;               // [rows, outputs]; of the first matrix only for swiglu
};

struct Skinny {
  SkinnyShape shape;
  const void* x;     // [rows, inputs]
  const void* norm;  // [inputs] of norm_type (x's type or f32): rms_norm's weights
  Float bias_type, norm_type;
  float epsilon;
  SkinnyMatrix matrices[kSkinnyMatrices];  // that all multiply x, the present ones first
  // No kernel that may still run when this one starts writes the weights (or scales): they are
  // parameters of the model, not results.
  bool weights_are_constant;
};

void skinny_product(cudaStream_t stream, const Skinny& args);

}  // namespace lmos::cuda
