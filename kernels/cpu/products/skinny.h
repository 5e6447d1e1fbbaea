// y = x wᵀ for a few rows of x: the weights are read once, as they lie in memory, at the memory's
// speed. The same for any number of rows where a row must not depend on how many there are.
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

// How weights are stored: as x's type, or one byte each, times one scale for each output, or
// compact (llmasos/compact_weights.hpp), for x in bf16.
enum class WeightFormat : int32_t { same, e4m3, int8, compact };

// Of compact weights: the weights of a block, its bytes, and the base of one that is kept raw.
inline constexpr int64_t kCompactBlock = 128, kCompactBytes = 192;
inline constexpr uint8_t kRawBlock = 255;

// A row of y does not depend on how many rows x has, bit for bit.
struct Skinny {
  Float type;         // of x, w
  Float result_type;  // of y
  Float bias_type;
  int64_t rows, inputs, outputs;
  const void* x = nullptr;     // [rows, inputs]
  const void* w = nullptr;     // [outputs, inputs], or [inputs, outputs] if `transposed`
  const void* bias = nullptr;  // [outputs] or null
  void* y = nullptr;           // [rows, outputs]
  bool transposed = false;
  void* scratch = nullptr;                   // of scratch_bytes(), 64-byte aligned
  WeightFormat format = WeightFormat::same;  // others: not transposed
  const float* scales = nullptr;             // [outputs], for formats of one byte
  // Of compact weights: w is [outputs, blocks, kCompactBytes].
  const uint8_t* bases = nullptr;  // [outputs, blocks]
  const bf16* raw = nullptr;       // [count, kCompactBlock]
};

// Up to so many rows it is faster than a general product. At 512 it reaches 96 % of the rate of
// oneDNN in f32 and 73 % in bf16 (5632 x 2048, Zen 4).
inline constexpr int64_t kSkinnyRows = 48, kTransposedSkinnyRows = 16;

struct SkinnyKernels {
  void (*skinny)(const Parallel& parallel, const Skinny& args);
  // The weights of `args`, which are compact, as [outputs, inputs].
  void (*widen_compact)(const Parallel& parallel, const Skinny& args, bf16* to);
  // For that many threads; of `args`, only types, format and sizes count.
  int64_t (*scratch_bytes)(const Skinny& args, int32_t threads);
};

}  // namespace lmos::cpu
