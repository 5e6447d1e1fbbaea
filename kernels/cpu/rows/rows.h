// Rows by index: embedding lookup and its gradient.
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

struct GatherRows {
  int64_t rows;  // of x
  int64_t row_bytes;
  int64_t tokens;
  const void* x;         // [rows, row_bytes]
  const int32_t* index;  // [tokens]
  void* y;               // [tokens, row_bytes]
};

// False, with y partly written, if an index is outside [0, rows).
bool gather_rows(const Parallel& parallel, const GatherRows& args);

// y[n] = Σ of dy[t] over the t with index[t] = n, in order of t.
struct ScatterAddRows {
  Float type;         // of dy
  Float result_type;  // of y
  int64_t rows, width;
  int64_t tokens;
  const void* dy;        // [tokens, width]
  const int32_t* index;  // [tokens]
  void* y;               // [rows, width]
  int32_t* order;        // scratch, scatter_add_scratch elements
};

constexpr int64_t scatter_add_scratch(int64_t rows, int64_t tokens) { return rows + 1 + tokens; }

struct RowKernels {
  // False, with y untouched, if an index is outside [0, rows).
  bool (*scatter_add_rows)(const Parallel& parallel, const ScatterAddRows& args);
};

}  // namespace lmos::cpu
