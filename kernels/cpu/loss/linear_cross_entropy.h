// The output layer with its loss, over chunks of tokens: the logits of all tokens are never held at
// once.
#pragma once

#include <memory>

#include "cpu/kernels.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

struct LinearCrossEntropyShape {
  Float type;                    // of x, w, dx
  Float weight_grad_type;        // of dw
  int64_t tokens, embed, vocab;  // at least 1 each
  int64_t ignore;                // the label that counts for nothing
  bool bias = false;
  Float bias_type = Float::f32;  // of the bias and dbias; f32 if `type` is f32
};

struct LinearCrossEntropyArgs {
  const void* x;          // [tokens, embed]
  const void* w;          // [vocab, embed]
  const void* bias;       // [vocab]; read if the shape has one
  const int32_t* labels;  // [tokens]
  float* loss;            // [tokens]
  float* lse;             // [tokens]
};

struct LinearCrossEntropyGradArgs {
  const void* x;
  const void* w;
  const void* bias;
  const int32_t* labels;
  const float* dloss;  // [tokens], or [1] for all if dloss_step is 0
  int64_t dloss_step;  // 1 or 0
  float* lse;          // [tokens]: read, or written with `loss`
  float* loss;         // [tokens]; null: only the gradient, from lse
  void* dx;            // [tokens, embed]
  void* dw;            // [vocab, embed]
  void* dbias;         // [vocab]; written if the shape has a bias
};

// One of loss and gradient, ready to run. One call at a time.
class LinearCrossEntropy {
 public:
  // Throws std::runtime_error when the products can't be prepared.
  LinearCrossEntropy(const Kernels& kernels, const LinearCrossEntropyShape& shape, bool gradient,
                     int32_t threads);
  ~LinearCrossEntropy();

  int64_t scratch_bytes() const;
  // These return false, with nothing written, if a label is neither `ignore` nor in [0, vocab).
  bool loss(const Parallel& parallel, const LinearCrossEntropyArgs& args, void* scratch) const;
  bool gradient(const Parallel& parallel, const LinearCrossEntropyGradArgs& args,
                void* scratch) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace lmos::cpu
