// Matrix products through cuBLASLt, with f32 sums, and through a plain kernel for the few shapes
// that it refuses.
#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "cuda/float_type.h"

namespace lmos::cuda {

// What becomes of a · b (+ bias) = h. The activation is GELU by tanh.
enum class Epilogue {
  none,       // y = h
  gelu,       // y = gelu(h), and h is kept
  gelu_grad,  // y = h · gelu'(x); without a bias
  add,        // y = h + x; without a bias
};

// y = a · b (+ bias): a [batch, m, k], b [batch, k, n], y [batch, m, n], row-major. Transposed, a
// lies as [batch, k, m] and b as [batch, n, k].
struct MatmulShape {
  Float type = Float::f32;         // of a and b
  Float result_type = Float::f32;  // of y
  int64_t batch = 1;
  int64_t m = 0, n = 0, k = 0;  // none is 0
  bool transpose_a = false, transpose_b = false;
  // Elements from one row to the next, as the matrices lie; 0: rows follow one another. For a batch
  // they do.
  int64_t a_step = 0, b_step = 0, y_step = 0;
  bool bias = false;  // [n], added to each row
  Float bias_type = Float::f32;
  bool accumulate = false;             // y += instead of y =; without a bias
  Epilogue epilogue = Epilogue::none;  // others: a batch of 1, y without a step

  auto operator<=>(const MatmulShape&) const = default;
};

// A product of one shape; made once, run often. [any-thread]
class Matmul {
 public:
  virtual ~Matmul() = default;
  int64_t scratch_bytes() const { return scratch_bytes_; }
  // Enqueues the product; all pointers are 16-byte aligned, scratch is 256-byte aligned. Repeats
  // bit for bit. `h`, of y's shape and type: what the epilogue keeps (gelu) or reads as x
  // (gelu_grad, add). Throws std::runtime_error if the launch fails.
  virtual void run(cudaStream_t stream, const void* a, const void* b, const void* bias, void* y,
                   void* scratch, void* h = nullptr) const = 0;

 protected:
  int64_t scratch_bytes_ = 0;
};

// Two products of one a with matrices of one shape, as one: y₀ = a · b₀ and y₁ = a · b₁.
// [any-thread]
class MatmulPair {
 public:
  virtual ~MatmulPair() = default;
  int64_t scratch_bytes() const { return scratch_bytes_; }
  // As Matmul::run.
  virtual void run(cudaStream_t stream, const void* a, const std::array<const void*, 2>& b,
                   const std::array<void*, 2>& y, void* scratch) const = 0;

 protected:
  int64_t scratch_bytes_ = 0;
};

struct ProductOptions {
  std::string library_folder;  // of cuBLASLt; empty: where the loader finds it
  bool tf32 = false;           // f32 operands are rounded to 10 bits of mantissa
  // Large products measure the kernels that the library proposes: which one is taken, and so how
  // results round, may differ from process to process.
  bool measure = false;
};

// The products of one device. [any-thread]
class Products {
 public:
  // For the current device of the calling thread. Throws std::runtime_error without cuBLASLt.
  explicit Products(const ProductOptions& options);
  ~Products();

  // The product of that shape; the choice of kernels is made at the first request and kept. Null
  // where the library does not offer its epilogue.
  std::shared_ptr<const Matmul> product(const MatmulShape& shape);
  // Of two such products, without bias and epilogue, of a batch of 1.
  std::shared_ptr<const MatmulPair> pair(const MatmulShape& shape);

 private:
  struct Library;
  std::unique_ptr<Library> library_;
  std::mutex mutex_;  // guards products_ and pairs_
  std::map<MatmulShape, std::shared_ptr<const Matmul>> products_;
  std::map<MatmulShape, std::shared_ptr<const MatmulPair>> pairs_;
};

}  // namespace lmos::cuda
