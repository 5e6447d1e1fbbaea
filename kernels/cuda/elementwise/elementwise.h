// Functions of one to three elements, conversions and fills. Arrays are 16-byte aligned and do not
// overlap unless a contract says so. All enqueue on `stream`.
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/scalar.h"

namespace lmos::cuda {

enum class Unary : int32_t { neg, exp, log, sqrt, rsqrt, sigmoid, tanh, erf, sin, cos };
enum class Binary : int32_t { add, sub, mul, div, minimum, maximum };
enum class Compare : int32_t { equal, less };

// y = op(x), of f64, f32, bf16 or f16.
void unary(cudaStream_t stream, Unary op, Scalar type, int64_t count, const void* x, void* y);
// y = op(a, b). Integers wrap around; their quotient truncates, and is 0 where b is 0.
void binary(cudaStream_t stream, Binary op, Scalar type, int64_t count, const void* a,
            const void* b, void* y);
// y = op(a, b) ? 1 : 0.
void compare(cudaStream_t stream, Compare op, Scalar type, int64_t count, const void* a,
             const void* b, int32_t* y);
// y = c ? a : b, of elements of 2, 4 or 8 bytes.
void select(cudaStream_t stream, int64_t element_bytes, int64_t count, const int32_t* c,
            const void* a, const void* b, void* y);

// y = x, or y += x, converted to y's type.
void convert(cudaStream_t stream, bool accumulate, Scalar from, Scalar to, int64_t count,
             const void* x, void* y);

// y = value, converted to y's type.
void fill(cudaStream_t stream, Scalar type, double value, int64_t count, void* y);
// y[i] = (i / step) % size, converted to y's type.
void iota(cudaStream_t stream, Scalar type, int64_t step, int64_t size, int64_t count, void* y);

}  // namespace lmos::cuda
