// The output head with its cross-entropy: logits = x wᵀ + bias exist for a chunk of tokens at a
// time, never all of them.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>

#include "cuda/fault.h"
#include "cuda/float_type.h"
#include "cuda/products/matmul.h"

namespace lmos::cuda {

struct HeadShape {
  Float type;              // of x, w and dx; the logits are rounded to it
  Float weight_grad_type;  // of dw
  int64_t tokens, embed, vocab;
  int64_t ignore;  // a label without loss
  bool bias;
  Float bias_type;  // of bias and dbias
};

class LinearCrossEntropy {
 public:
  // `gradient`: gradient() will be called, else loss().
  LinearCrossEntropy(Products& products, const HeadShape& shape, bool gradient);

  int64_t scratch_bytes() const { return scratch_bytes_; }

  struct Operands {
    const void* x;          // [tokens, embed]
    const void* w;          // [vocab, embed]
    const void* bias;       // [vocab] or null
    const int32_t* labels;  // [tokens]; those out of range are reported and ignored
    float* loss;            // [tokens], or null
    float* lse;             // [tokens], or null
    Fault* fault;
  };
  // loss = lse(logits) − logits[label].
  void loss(cudaStream_t stream, const Operands& operands, void* scratch) const;

  struct Gradients {
    const float* dloss;  // of token t: dloss[t · dloss_step]
    int64_t dloss_step;
    void* dx;     // [tokens, embed]
    void* dw;     // [vocab, embed]
    void* dbias;  // [vocab], or null
  };
  // The gradients of Σ dloss · loss; the loss and lse as well, where they are not null. The
  // softmax is that of the rounded logits, so that its sum is 1.
  void gradient(cudaStream_t stream, const Operands& operands, const Gradients& gradients,
                void* scratch) const;

 private:
  // Places in the scratch memory, bytes.
  struct Plan {
    int64_t logits = 0, work = 0, dw = 0, dbias = 0, ones = 0;
  };
  // The products of a chunk of so many tokens.
  struct Chunk {
    std::shared_ptr<const Matmul> logits, dx, dw_first, dw_more, dbias_first, dbias_more;
  };
  Chunk chunk_of(Products& products, int64_t tokens, bool gradient);
  void run_chunk(cudaStream_t stream, const Operands& operands, const Gradients* gradients,
                 int64_t first, int64_t tokens, char* scratch) const;
  void run_all(cudaStream_t stream, const Operands& operands, const Gradients* gradients,
               void* scratch) const;
  bool rounds_weight_grad() const;

  HeadShape shape_;
  int64_t step_;          // elements from one row of logits to the next
  int64_t chunk_tokens_;  // in each chunk but the last
  Chunk chunk_, last_;
  Plan plan_;
  int64_t scratch_bytes_ = 0;
};

}  // namespace lmos::cuda
