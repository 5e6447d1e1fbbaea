// Softmax cross-entropy over rows of f32 logits, in the calling thread.
#pragma once

#include "cpu/float_type.h"

namespace lmos::cpu {

// lse = log Σ exp(logits); loss = lse − logits[label], 0 where label = ignore. Labels other than
// ignore are in [0, vocab).
struct CrossEntropyRows {
  int64_t rows, vocab;
  int64_t ignore;
  const float* logits;    // [rows, vocab]
  const int32_t* labels;  // [rows]
  float* loss;            // [rows]
  float* lse;             // [rows]
};

// gradient = dloss · (softmax(logits) − one_hot(label)), 0 where label = ignore. `gradient` may
// begin where `logits` does: elements are written in order, after they are read.
struct CrossEntropyRowsGrad {
  Float gradient_type;
  int64_t rows, vocab;
  int64_t ignore;
  const float* logits;    // [rows, vocab]
  const int32_t* labels;  // [rows]
  const float* lse;       // [rows]
  const float* dloss;     // [rows], or [1] if dloss_step is 0
  int64_t dloss_step;     // 1 or 0
  void* gradient;         // row r begins r · gradient_step elements in
  int64_t gradient_step;
};

// sums[c] += Σ over rows of x[r, c].
struct ColumnSums {
  Float type;  // of x
  int64_t rows, columns;
  const void* x;  // row r begins r · step elements in
  int64_t step;
  float* sums;  // [columns]
};

struct LossKernels {
  void (*cross_entropy)(const CrossEntropyRows& args);
  void (*cross_entropy_grad)(const CrossEntropyRowsGrad& args);
  void (*column_sums)(const ColumnSums& args);
};

}  // namespace lmos::cpu
