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

// Whether the time is that of reading a matrix of weights.
bool is_stream(const MatmulShape& shape) {
  constexpr int64_t kMostRows = 256, kLeastElements = int64_t{1} << 24;
  return shape.batch == 1 && shape.m <= kMostRows && shape.n * shape.k >= kLeastElements;
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
  // Column-major; `step` from one column to the next, 0 where they follow one another; `stride`
  // from one matrix to the next.
  Layout(const CublasLt& lt, Float type, int64_t rows, int64_t columns, int64_t step, int64_t batch,
         int64_t stride)
      : lt_(lt) {
    require(lt, lt.layout_create(&layout_, data_type(type), rows, columns, step == 0 ? rows : step),
            "a layout");
    if (batch == 1) return;
    const auto count = static_cast<int32_t>(batch);
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
  // `one_a`: that all products of the batch share.
  LibraryMatmul(const CublasLt& lt, cublasLtHandle_t handle, const MatmulShape& shape, bool tf32,
                bool one_a = false)
      : lt_(lt),
        handle_(handle),
        shape_(shape),
        a_(lt, shape.type, shape.transpose_a ? shape.m : shape.k,
           shape.transpose_a ? shape.k : shape.m, shape.a_step, shape.batch,
           one_a ? 0 : shape.m * shape.k),
        b_(layout_of_b(shape.n * shape.k)),
        y_(layout_of_y(shape.m * shape.n)) {
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
                          measure || is_stream(shape_) ? kMostMeasured : 1, found, &count);
    lt_.preference_destroy(preference);
    if (status != CUBLAS_STATUS_SUCCESS || count == 0) return false;
    const std::span proposals(found, static_cast<size_t>(count));
    const auto& best = proposals[count == 1          ? 0
                                 : is_stream(shape_) ? whole_wave(proposals)
                                                     : measured(proposals)];
    algorithm_ = best.algo;
    scratch_bytes_ = static_cast<int64_t>(best.workspaceSize);
    return true;
  }

  void run(cudaStream_t stream, const void* a, const void* b, const void* bias, void* y,
           void* scratch, void* h) const override {
    require(lt_, launch(stream, a, b, bias, y, scratch, h), "launching a product");
  }

  // Of a batch whose matrices b and y lie so many elements from one another; no bias or epilogue.
  void run_strided(cudaStream_t stream, const void* a, const void* b, int64_t b_stride, void* y,
                   int64_t y_stride, void* scratch) const {
    require(lt_, launch(stream, layout_of_b(b_stride), layout_of_y(y_stride), a, b, y, y, scratch),
            "launching a pair of products");
  }

 private:
  int split_of(const cublasLtMatmulHeuristicResult_t& found) const {
    int split = 1;
    size_t written = 0;
    lt_.algorithm_get(&found.algo, CUBLASLT_ALGO_CONFIG_SPLITK_NUM, &split, sizeof split, &written);
    return split;
  }
  // The library's first proposal; but where that splits the sums, and so needs a second kernel, the
  // first without whose blocks keep nearly all multiprocessors busy once.
  size_t whole_wave(std::span<const cublasLtMatmulHeuristicResult_t> found) const {
    if (split_of(found[0]) <= 1) return 0;
    for (size_t i = 1; i < found.size(); ++i)
      if (split_of(found[i]) <= 1 && found[i].wavesCount >= 0.9f && found[i].wavesCount <= 1.0f)
        return i;
    return 0;
  }

  Layout layout_of_b(int64_t stride) const {
    return {lt_,
            shape_.type,
            shape_.transpose_b ? shape_.k : shape_.n,
            shape_.transpose_b ? shape_.n : shape_.k,
            shape_.b_step,
            shape_.batch,
            stride};
  }
  Layout layout_of_y(int64_t stride) const {
    return {lt_, shape_.result_type, shape_.n, shape_.m, shape_.y_step, shape_.batch, stride};
  }

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
    return launch(stream, b_, y_, a, b, shape_.epilogue == Epilogue::add ? h : y, y, scratch);
  }
  // `c`: what is added to y.
  cublasStatus_t launch(cudaStream_t stream, const Layout& b_layout, const Layout& y_layout,
                        const void* a, const void* b, const void* c, void* y, void* scratch) const {
    const float one = 1, beta = shape_.accumulate || shape_.epilogue == Epilogue::add ? 1 : 0;
    return lt_.matmul(handle_, desc_, &one, b, b_layout.get(), a, a_.get(), &beta, c,
                      y_layout.get(), y, y_layout.get(), &algorithm_, scratch,
                      static_cast<size_t>(scratch_bytes_), stream);
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

// As a batch of two, whose strides are the distances of the matrices; in turn where those are not
// in one order.
class LibraryPair : public MatmulPair {
 public:
  // Of a batch of 2 that shares a; and of each.
  LibraryPair(std::shared_ptr<const LibraryMatmul> both, std::shared_ptr<const Matmul> single,
              const MatmulShape& shape)
      : both_(std::move(both)), single_(std::move(single)), shape_(shape) {
    scratch_bytes_ = std::max(both_ ? both_->scratch_bytes() : 0, single_->scratch_bytes());
  }

  void run(cudaStream_t stream, const void* a, const std::array<const void*, 2>& b,
           const std::array<void*, 2>& y, void* scratch) const override {
    const size_t first = b[0] < b[1] ? 0 : 1, second = 1 - first;
    if (both_ && y[first] < y[second]) {
      both_->run_strided(stream, a, b[first], elements(b[first], b[second], shape_.type), y[first],
                         elements(y[first], y[second], shape_.result_type), scratch);
    } else {
      for (const size_t i : {0, 1}) single_->run(stream, a, b[i], nullptr, y[i], scratch);
    }
  }

 private:
  static int64_t elements(const void* from, const void* to, Float type) {
    return (static_cast<const char*>(to) - static_cast<const char*>(from)) / bytes_of(type);
  }

  std::shared_ptr<const LibraryMatmul> both_;  // may be null
  std::shared_ptr<const Matmul> single_;
  MatmulShape shape_;
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
  std::shared_ptr<const LibraryMatmul> product(const MatmulShape& shape, bool one_a = false) const {
    auto product =
        std::make_shared<LibraryMatmul>(lt, handle, shape, tf32 && shape.type == Float::f32, one_a);
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

std::shared_ptr<const MatmulPair> Products::pair(const MatmulShape& shape) {
  auto single = product(shape);
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const MatmulPair>& known = pairs_[shape];
  if (known) return known;
  MatmulShape both = shape;
  both.batch = 2;
  return known = std::make_shared<LibraryPair>(
             batch_is_aligned(both) ? library_->product(both, true) : nullptr, std::move(single),
             shape);
}

}  // namespace lmos::cuda
