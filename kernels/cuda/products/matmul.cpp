#include "cuda/products/matmul.h"

#include <algorithm>
#include <span>
#include <stdexcept>

#include "cuda/elementwise/elementwise.h"
#include "cuda/products/cublaslt.h"
#include "cuda/products/fastest.h"
#include "cuda/products/plain_matmul.h"

namespace lmos::cuda {
namespace {

// Kernels that are measured, of products of at least so many operations: about 30 µs.
constexpr int kMostMeasured = 8;
constexpr double kLeastMeasured = 2e10;

// What NVIDIA's documentation advises for Hopper and later; less elsewhere is no loss.
constexpr uint64_t kMostWorkspace = uint64_t{32} << 20;
constexpr int64_t kAlignment = 16;  // bytes, of every operand

cudaDataType data_type(Float type) {
  return type == Float::f32 ? CUDA_R_32F : type == Float::bf16 ? CUDA_R_16BF : CUDA_R_16F;
}

bool has_gelu(const MatmulShape& shape) {
  return shape.epilogue == Epilogue::gelu || shape.epilogue == Epilogue::gelu_grad;
}

cublasLtEpilogue_t epilogue_of(const MatmulShape& shape) {
  switch (shape.epilogue) {
    case Epilogue::gelu:
      return shape.bias ? CUBLASLT_EPILOGUE_GELU_AUX_BIAS : CUBLASLT_EPILOGUE_GELU_AUX;
    case Epilogue::gelu_grad:
      return CUBLASLT_EPILOGUE_DGELU;
    default:
      return shape.bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
  }
}

void require(const CublasLt& lt, cublasStatus_t status, const char* doing) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw std::runtime_error(std::string("cuBLASLt: ") + doing + ": " + lt.status_string(status));
}

class Layout {
 public:
  // Column-major; `step` from one column to the next, 0 where they follow one another.
  Layout(const CublasLt& lt, Float type, int64_t rows, int64_t columns, int64_t step, int64_t batch)
      : lt_(lt) {
    require(lt, lt.layout_create(&layout_, data_type(type), rows, columns, step == 0 ? rows : step),
            "a layout");
    if (batch == 1) return;
    const auto count = static_cast<int32_t>(batch);
    const int64_t stride = rows * columns;
    lt.layout_set(layout_, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count);
    lt.layout_set(layout_, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof stride);
  }
  Layout(const Layout&) = delete;
  ~Layout() { lt_.layout_destroy(layout_); }
  cublasLtMatrixLayout_t get() const { return layout_; }

 private:
  const CublasLt& lt_;
  cublasLtMatrixLayout_t layout_ = nullptr;
};

// cuBLASLt is column-major: a row-major matrix is its transpose there, so yᵀ = bᵀ aᵀ is computed,
// and the bias of a column of y is that of a row.
class LibraryMatmul : public Matmul {
 public:
  LibraryMatmul(const CublasLt& lt, cublasLtHandle_t handle, const MatmulShape& shape, bool tf32)
      : lt_(lt),
        handle_(handle),
        shape_(shape),
        a_(lt, shape.type, shape.transpose_a ? shape.m : shape.k,
           shape.transpose_a ? shape.k : shape.m, shape.a_step, shape.batch),
        b_(lt, shape.type, shape.transpose_b ? shape.k : shape.n,
           shape.transpose_b ? shape.n : shape.k, shape.b_step, shape.batch),
        y_(lt, shape.result_type, shape.n, shape.m, shape.y_step, shape.batch) {
    const auto compute = tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    require(lt, lt.desc_create(&desc_, compute, CUDA_R_32F), "a product");
    set(CUBLASLT_MATMUL_DESC_TRANSA, shape.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_TRANSB, shape.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(shape));
    if (shape.bias) set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, data_type(shape.bias_type));
    if (has_gelu(shape)) {
      set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_DATA_TYPE, data_type(shape.result_type));
      set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, shape.n);
      // The library looks at the alignment of the address when it chooses.
      set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, reinterpret_cast<void*>(kAlignment));
    }
  }
  ~LibraryMatmul() override { lt_.desc_destroy(desc_); }

  // Asks the library for its best kernel; false if it has none. `measure`: the fastest of several.
  bool choose(bool measure) {
    cublasLtMatmulPreference_t preference = nullptr;
    require(lt_, lt_.preference_create(&preference), "a preference");
    const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
      lt_.preference_set(preference, attribute, &value, sizeof value);
    };
    prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kMostWorkspace);
    // In-place reductions add in the order in which blocks arrive.
    prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
           static_cast<uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE |
                                 CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE));
    for (const auto operand :
         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
      prefer(operand, static_cast<uint32_t>(kAlignment));
    cublasLtMatmulHeuristicResult_t found[kMostMeasured]{};
    int count = 0;
    const cublasStatus_t status =
        lt_.get_heuristic(handle_, desc_, b_.get(), a_.get(), y_.get(), y_.get(), preference,
                          measure ? kMostMeasured : 1, found, &count);
    lt_.preference_destroy(preference);
    if (status != CUBLAS_STATUS_SUCCESS || count == 0) return false;
    const auto& best =
        found[count > 1 ? measured(std::span(found, static_cast<size_t>(count))) : 0];
    algorithm_ = best.algo;
    scratch_bytes_ = static_cast<int64_t>(best.workspaceSize);
    return true;
  }

  void run(cudaStream_t stream, const void* a, const void* b, const void* bias, void* y,
           void* scratch, void* h) const override {
    require(lt_, launch(stream, a, b, bias, y, scratch, h), "launching a product");
  }

 private:
  // Which of them is the fastest; the first where memory is short.
  size_t measured(std::span<const cublasLtMatmulHeuristicResult_t> found) {
    const auto bytes = [&](int64_t rows, int64_t columns, int64_t step, Float type) {
      return shape_.batch * rows * std::max(columns, step) * bytes_of(type);
    };
    const bool ta = shape_.transpose_a, tb = shape_.transpose_b;
    size_t work = 0;
    for (const auto& one : found) work = std::max(work, one.workspaceSize);
    const TrialMemory a(
        bytes(ta ? shape_.k : shape_.m, ta ? shape_.m : shape_.k, shape_.a_step, shape_.type)),
        b(bytes(tb ? shape_.n : shape_.k, tb ? shape_.k : shape_.n, shape_.b_step, shape_.type)),
        y(bytes(shape_.m, shape_.n, shape_.y_step, shape_.result_type)),
        h(shape_.epilogue == Epilogue::none ? kAlignment
                                            : bytes(shape_.m, shape_.n, 0, shape_.result_type)),
        bias(shape_.n * int64_t{4}), scratch(static_cast<int64_t>(work) + kAlignment);
    for (const TrialMemory* memory : {&a, &b, &y, &h, &bias, &scratch})
      if (memory->data() == nullptr) return 0;
    return fastest(found.size(), [&](size_t i, cudaStream_t stream) {
      algorithm_ = found[i].algo;
      scratch_bytes_ = static_cast<int64_t>(found[i].workspaceSize);
      return launch(stream, a.data(), b.data(), bias.data(), y.data(), scratch.data(), h.data()) ==
             CUBLAS_STATUS_SUCCESS;
    });
  }

  cublasStatus_t launch(cudaStream_t stream, const void* a, const void* b, const void* bias,
                        void* y, void* scratch, void* h) const {
    // Addresses are part of the description, which several nodes share.
    std::unique_lock<std::mutex> lock(mutex_, std::defer_lock);
    if (shape_.bias || has_gelu(shape_)) lock.lock();
    if (shape_.bias) lt_.desc_set(desc_, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof bias);
    if (has_gelu(shape_))
      lt_.desc_set(desc_, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, &h, sizeof h);
    const bool adds = shape_.epilogue == Epilogue::add;
    const float one = 1, beta = shape_.accumulate || adds ? 1 : 0;
    return lt_.matmul(handle_, desc_, &one, b, b_.get(), a, a_.get(), &beta, adds ? h : y, y_.get(),
                      y, y_.get(), &algorithm_, scratch, static_cast<size_t>(scratch_bytes_),
                      stream);
  }

  template <class Value>
  void set(cublasLtMatmulDescAttributes_t attribute, Value value) {
    require(lt_, lt_.desc_set(desc_, attribute, &value, sizeof value), "describing a product");
  }

  const CublasLt& lt_;
  cublasLtHandle_t handle_;
  MatmulShape shape_;
  Layout a_, b_, y_;
  cublasLtMatmulDesc_t desc_ = nullptr;
  mutable std::mutex mutex_;  // guards the addresses in desc_
  cublasLtMatmulAlgo_t algorithm_{};
};

class PlainMatmul : public Matmul {
 public:
  explicit PlainMatmul(const MatmulShape& shape) : shape_(shape) {}
  void run(cudaStream_t stream, const void* a, const void* b, const void* bias, void* y, void*,
           void*) const override {
    plain_matmul(stream, shape_, a, b, bias, y);
  }

 private:
  MatmulShape shape_;
};

// For a library that adds biases of the result's type only: rounds the bias first.
class RoundedBiasMatmul : public Matmul {
 public:
  RoundedBiasMatmul(std::shared_ptr<const Matmul> product, const MatmulShape& shape)
      : product_(std::move(product)), shape_(shape) {
    scratch_bytes_ = bias_bytes() + product_->scratch_bytes();
  }
  void run(cudaStream_t stream, const void* a, const void* b, const void* bias, void* y,
           void* scratch, void* h) const override {
    convert(stream, false, scalar_of(shape_.bias_type), scalar_of(shape_.result_type), shape_.n,
            bias, scratch);
    product_->run(stream, a, b, scratch, y, static_cast<char*>(scratch) + bias_bytes(), h);
  }

 private:
  static Scalar scalar_of(Float type) { return type == Float::f32 ? Scalar::f32 : Scalar::bf16; }
  int64_t bias_bytes() const { return (shape_.n * bytes_of(shape_.result_type) + 255) / 256 * 256; }

  std::shared_ptr<const Matmul> product_;
  MatmulShape shape_;
};

// Whether all matrices of a batch are as aligned as the first.
bool batch_is_aligned(const MatmulShape& shape) {
  const auto aligned = [](int64_t elements, Float type) {
    return elements * bytes_of(type) % kAlignment == 0;
  };
  return shape.batch == 1 ||
         (aligned(shape.m * shape.k, shape.type) && aligned(shape.k * shape.n, shape.type) &&
          aligned(shape.m * shape.n, shape.result_type));
}

}  // namespace

struct Products::Library {
  CublasLt lt;
  cublasLtHandle_t handle = nullptr;
  bool tf32 = false, measure = false;

  // Null if the library has none.
  std::shared_ptr<const Matmul> product(const MatmulShape& shape) const {
    auto product =
        std::make_shared<LibraryMatmul>(lt, handle, shape, tf32 && shape.type == Float::f32);
    const double operations = 2.0 * static_cast<double>(shape.batch) *
                              static_cast<double>(shape.m) * static_cast<double>(shape.n) *
                              static_cast<double>(shape.k);
    return product->choose(measure && operations >= kLeastMeasured) ? product : nullptr;
  }
};

Products::Products(const ProductOptions& options) : library_(std::make_unique<Library>()) {
  library_->lt = open_cublaslt(options.library_folder);
  library_->tf32 = options.tf32;
  library_->measure = options.measure;
  require(library_->lt, library_->lt.create(&library_->handle), "starting");
}

Products::~Products() {
  products_.clear();
  library_->lt.destroy(library_->handle);
}

std::shared_ptr<const Matmul> Products::product(const MatmulShape& shape) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Matmul>& known = products_[shape];
  if (known) return known;
  if (batch_is_aligned(shape)) {
    if (auto product = library_->product(shape)) return known = product;
    if (shape.bias && shape.bias_type != shape.result_type) {
      MatmulShape rounded = shape;
      rounded.bias_type = shape.result_type;
      if (auto product = library_->product(rounded))
        return known = std::make_shared<RoundedBiasMatmul>(std::move(product), shape);
    }
  }
  if (shape.epilogue != Epilogue::none) return nullptr;
  return known = std::make_shared<PlainMatmul>(shape);
}

}  // namespace lmos::cuda
