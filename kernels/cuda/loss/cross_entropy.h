// Softmax cross-entropy over rows of logits, and its gradient in the same pass.
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/fault.h"
#include "cuda/float_type.h"

namespace lmos::cuda {

// lse = log Σ exp(logits); loss = lse − logits[label]; gradient = dloss · (softmax(logits) −
// one_hot(label)). Where label = ignore, loss and gradient are 0. Another label outside [0, vocab)
// is reported and treated as ignored.
struct CrossEntropy {
  Float type;  // of logits and gradient: f32, bf16 or f16
  int64_t rows, vocab;
  int64_t step;  // elements from one row's logits to the next one's, at least vocab
  int64_t ignore;
  const void* logits;     // [rows, step], 16-byte aligned
  const int32_t* labels;  // [rows]
  // dloss of a row is dloss[row · dloss_step] · dloss_factor.
  const float* dloss;
  int64_t dloss_step;  // 1 or 0
  float dloss_factor;
  float* loss;  // [rows], or null
  float* lse;   // [rows], or null; read instead of written if lse_known
  bool lse_known;
  void* gradient;  // as logits, which it may be; null: none. Elements beyond vocab become 0.
  Fault* fault;
};

void cross_entropy(cudaStream_t stream, const CrossEntropy& args);

}  // namespace lmos::cuda
