#include "cuda/elementwise/elementwise.h"

#include "cuda/map.cuh"

namespace lmos::cuda {
namespace {

// The operation is chosen in the kernel: memory is slower than the branch, which all threads take
// alike, and there is one kernel a type to compile instead of sixty.
template <class T>
struct UnaryFunction {
  Unary op;
  __device__ T operator()(T element) const {
    const math_t<T> x = widen(element);
    switch (op) {
      case Unary::neg:
        return narrow<T>(-x);
      case Unary::exp:
        return narrow<T>(exp(x));
      case Unary::log:
        return narrow<T>(log(x));
      case Unary::sqrt:
        return narrow<T>(sqrt(x));
      case Unary::rsqrt:
        return narrow<T>(1 / sqrt(x));
      case Unary::sigmoid:
        return narrow<T>(1 / (1 + exp(-x)));
      case Unary::tanh:
        return narrow<T>(tanh(x));
      case Unary::erf:
        return narrow<T>(erf(x));
      case Unary::sin:
        return narrow<T>(sin(x));
      case Unary::cos:
        return narrow<T>(cos(x));
    }
    return element;
  }
};

template <class T>
__device__ T quotient(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0) return 0;
    if (b == -1) return static_cast<T>(-static_cast<std::make_unsigned_t<T>>(a));
  }
  return a / b;
}

template <class T>
struct BinaryFunction {
  Binary op;
  __device__ T operator()(T left, T right) const {
    const math_t<T> a = widen(left), b = widen(right);
    using Math = math_t<T>;
    // Unsigned arithmetic defines how integers wrap around.
    using Wrapping = typename std::conditional_t<std::is_integral_v<Math>, std::make_unsigned<Math>,
                                                 std::type_identity<Math>>::type;
    const auto u = static_cast<Wrapping>(a), v = static_cast<Wrapping>(b);
    switch (op) {
      case Binary::add:
        return narrow<T>(static_cast<Math>(u + v));
      case Binary::sub:
        return narrow<T>(static_cast<Math>(u - v));
      case Binary::mul:
        return narrow<T>(static_cast<Math>(u * v));
      case Binary::div:
        return narrow<T>(quotient(a, b));
      case Binary::minimum:
        return b < a || b != b ? right : left;  // NaN wins
      case Binary::maximum:
        return a < b || b != b ? right : left;
    }
    return left;
  }
};

template <class T>
struct CompareFunction {
  Compare op;
  __device__ int32_t operator()(T a, T b) const {
    return op == Compare::equal ? widen(a) == widen(b) : widen(a) < widen(b);
  }
};

template <class T>
struct Choose {
  __device__ T operator()(int32_t c, T a, T b) const { return c != 0 ? a : b; }
};

template <class To, class From>
struct Convert {
  __device__ To operator()(From x) const { return narrow<To>(widen(x)); }
};
template <class To, class From>
struct ConvertAndAdd {
  __device__ To operator()(To sum, From x) const {
    return narrow<To>(widen(sum) + widen(narrow<To>(widen(x))));
  }
};

template <class T>
__global__ void fill_kernel(int64_t count, double value, T* y) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) y[i] = narrow<T>(value);
}

template <class T>
__global__ void iota_kernel(int64_t step, int64_t size, int64_t count, T* y) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) y[i] = narrow<T>(static_cast<double>(i / step % size));
}

unsigned blocks_for(int64_t count) { return static_cast<unsigned>(ceil_div(count, kMapThreads)); }

}  // namespace

void unary(cudaStream_t stream, Unary op, Scalar type, int64_t count, const void* x, void* y) {
  const auto run = [&](auto element) {
    using T = decltype(element);
    map(stream, count, UnaryFunction<T>{op}, static_cast<T*>(y), static_cast<const T*>(x));
  };
  if (type == Scalar::f64) return run(double{});
  if (type == Scalar::f32) return run(float{});
  type == Scalar::bf16 ? run(bf16{}) : run(f16{});
}

void binary(cudaStream_t stream, Binary op, Scalar type, int64_t count, const void* a,
            const void* b, void* y) {
  with_number(type, [&](auto element) {
    using T = decltype(element);
    map(stream, count, BinaryFunction<T>{op}, static_cast<T*>(y), static_cast<const T*>(a),
        static_cast<const T*>(b));
  });
}

void compare(cudaStream_t stream, Compare op, Scalar type, int64_t count, const void* a,
             const void* b, int32_t* y) {
  with_number(type, [&](auto element) {
    using T = decltype(element);
    map(stream, count, CompareFunction<T>{op}, y, static_cast<const T*>(a),
        static_cast<const T*>(b));
  });
}

void select(cudaStream_t stream, int64_t element_bytes, int64_t count, const int32_t* c,
            const void* a, const void* b, void* y) {
  const auto run = [&](auto element) {
    using T = decltype(element);
    map(stream, count, Choose<T>{}, static_cast<T*>(y), c, static_cast<const T*>(a),
        static_cast<const T*>(b));
  };
  if (element_bytes == 2) return run(uint16_t{});
  if (element_bytes == 4) return run(uint32_t{});
  run(uint64_t{});
}

void convert(cudaStream_t stream, bool accumulate, Scalar from, Scalar to, int64_t count,
             const void* x, void* y) {
  with_number(to, [&](auto to_element) {
    with_number(from, [&](auto from_element) {
      using To = decltype(to_element);
      using From = decltype(from_element);
      auto* target = static_cast<To*>(y);
      const auto* source = static_cast<const From*>(x);
      if (accumulate) {
        // Each thread reads its elements of y before it writes them.
        map(stream, count, ConvertAndAdd<To, From>{}, target, static_cast<const To*>(target),
            source);
      } else {
        map(stream, count, Convert<To, From>{}, target, source);
      }
    });
  });
}

void fill(cudaStream_t stream, Scalar type, double value, int64_t count, void* y) {
  if (count == 0) return;
  with_number(type, [&](auto element) {
    using T = decltype(element);
    fill_kernel<<<blocks_for(count), kMapThreads, 0, stream>>>(count, value, static_cast<T*>(y));
  });
}

void iota(cudaStream_t stream, Scalar type, int64_t step, int64_t size, int64_t count, void* y) {
  if (count == 0) return;
  with_number(type, [&](auto element) {
    using T = decltype(element);
    iota_kernel<<<blocks_for(count), kMapThreads, 0, stream>>>(step, size, count,
                                                               static_cast<T*>(y));
  });
}

}  // namespace lmos::cuda
