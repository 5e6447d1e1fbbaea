// Products of large matrices, by oneDNN.
//
// oneDNN here is built with its own thread runtime, which must stay idle: the product is cut into
// pieces, and each thread of the caller's pool runs its pieces as single-threaded oneDNN calls
// (docs/decisions/0001-onednn.md).
#pragma once

#include <cstdint>
#include <memory>

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

// c [batch, m, n] = a [batch, m, k] · b [batch, k, n] (+ bias [n]), added to c if `accumulate`.
// Transposed operands are stored as [batch, k, m] and [batch, n, k]. Steps are between stored rows,
// in elements; 0 means dense.
struct MatmulShape {
  Float type;         // of a, b
  Float result_type;  // of c
  int64_t batch = 1;
  int64_t m, n, k;  // at least 1 each
  bool transpose_a = false, transpose_b = false;
  bool bias = false, accumulate = false;
  Float bias_type = Float::f32;  // or `type`
  int64_t a_step = 0, b_step = 0, c_step = 0;
};

// A product of that shape, ready to run. One call of run at a time.
class Matmul {
 public:
  // Throws std::runtime_error when oneDNN refuses the shape. `threads` is the most that `parallel`
  // will have.
  Matmul(const MatmulShape& shape, int32_t threads);
  ~Matmul();
  Matmul(Matmul&&) noexcept;

  // `scratch` has scratch_bytes() bytes, 64-byte aligned.
  void run(const Parallel& parallel, const void* a, const void* b, const void* bias, void* c,
           void* scratch) const;
  int64_t scratch_bytes() const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace lmos::cpu
