// A block a row: one pass for maximum and sum together (Milakov and Gimelshein 2018), one for the
// gradient. Rows of 16-bit logits stay in registers in between where they fit.
#include "cuda/loss/cross_entropy.h"

#include "cuda/fault.cuh"
#include "cuda/tensor_core.cuh"

namespace lmos::cuda {
namespace {

inline constexpr int kThreads = 1024;

// Sums in base 2: Σ 2^(x − maximum).
struct Sum {
  float maximum, total;
};

__device__ inline Sum merge(Sum a, Sum b) {
  const float high = fmaxf(a.maximum, b.maximum);
  if (high == -INFINITY) return {high, 0};
  return {high, a.total * exp2_fast(a.maximum - high) + b.total * exp2_fast(b.maximum - high)};
}

template <class T>
__device__ inline void widen(const uint4& packed, float (&to)[16 / sizeof(T)]) {
  const uint32_t words[4] = {packed.x, packed.y, packed.z, packed.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if constexpr (sizeof(T) == 4) {
      to[i] = __uint_as_float(words[i]);
    } else {
      const float2 pair = unpack<T>(words[i]);
      to[2 * i] = pair.x;
      to[2 * i + 1] = pair.y;
    }
  }
}

template <class T>
__device__ inline uint4 narrow(const float (&from)[16 / sizeof(T)]) {
  uint32_t words[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if constexpr (sizeof(T) == 4) {
      words[i] = __float_as_uint(from[i]);
    } else {
      words[i] = pack<T>(from[2 * i], from[2 * i + 1]);
    }
  }
  return {words[0], words[1], words[2], words[3]};
}

// kAligned: rows begin at multiples of 16 bytes. kKept: groups of 16 bytes that a thread keeps; 0:
// the row is read twice.
template <class T, bool kAligned, int kKept>
__global__ void __launch_bounds__(kThreads) cross_entropy_rows(CrossEntropy args) {
  constexpr int kWidth = kAligned ? 16 / sizeof(T) : 1;
  __shared__ Sum sums[kThreads / 32];
  const int64_t row = blockIdx.x;
  const int vocab = static_cast<int>(args.vocab);
  const T* logits = static_cast<const T*>(args.logits) + row * args.step;
  const int32_t label = args.labels[row];
  const bool counted = label != args.ignore && in_range(args.fault, FaultKind::label, label, vocab);
  // The logits from i on in base 2; what is beyond the vocabulary is −∞.
  const auto widen_group = [&](int i, const uint4& packed, float(&values)[kWidth]) {
    if constexpr (kAligned) {
      widen<T>(packed, values);
    } else {
      values[0] = static_cast<float>(logits[i]);
    }
#pragma unroll
    for (int j = 0; j < kWidth; ++j) values[j] = i + j < vocab ? values[j] * kLog2E : -INFINITY;
  };
  const auto read = [&](int i) {
    return kAligned && i < vocab ? *reinterpret_cast<const uint4*>(logits + i) : uint4{};
  };
  uint4 kept[kKept > 0 ? kKept : 1];
  if constexpr (kKept > 0) {
#pragma unroll
    for (int k = 0; k < kKept; ++k) kept[k] = read((k * kThreads + threadIdx.x) * kWidth);
  }
  // Calls body(i, values) for groups of kWidth logits below `end`.
  const auto for_groups = [&](int end, const auto& body) {
    float values[kWidth];
    if constexpr (kKept > 0) {
#pragma unroll
      for (int k = 0; k < kKept; ++k) {
        const int i = (k * kThreads + static_cast<int>(threadIdx.x)) * kWidth;
        if (i >= end) continue;
        widen_group(i, kept[k], values);
        body(i, values);
      }
    } else {
#pragma unroll 4
      for (int i = threadIdx.x * kWidth; i < end; i += kThreads * kWidth) {
        widen_group(i, read(i), values);
        body(i, values);
      }
    }
  };
  float lse = 0;  // in base 2
  if (args.lse_known) {
    lse = args.lse[row] * kLog2E;
  } else {
    Sum sum{-INFINITY, 0};
    for_groups(vocab, [&](int, const float(&values)[kWidth]) {
      float high = sum.maximum;
#pragma unroll
      for (int j = 0; j < kWidth; ++j) high = fmaxf(high, values[j]);
      if (high > sum.maximum) {
        sum.total *= exp2_fast(sum.maximum - high);
        sum.maximum = high;
      }
#pragma unroll
      for (int j = 0; j < kWidth; ++j) sum.total += exp2_fast(values[j] - high);
    });
#pragma unroll
    for (int i = 16; i > 0; i /= 2) {
      sum = merge(sum, {__shfl_xor_sync(0xffffffffu, sum.maximum, i),
                        __shfl_xor_sync(0xffffffffu, sum.total, i)});
    }
    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = sum;
    __syncthreads();
    sum = sums[0];
#pragma unroll
    for (int i = 1; i < kThreads / 32; ++i) sum = merge(sum, sums[i]);
    lse = sum.maximum + log2f(sum.total);
    if (threadIdx.x == 0) {
      if (args.lse != nullptr) args.lse[row] = lse * kLn2;
      if (args.loss != nullptr) {
        args.loss[row] = counted ? lse * kLn2 - static_cast<float>(logits[label]) : 0.f;
      }
    }
    __syncthreads();  // the label's logit is read before the gradient may take its place
  }
  if (args.gradient == nullptr) return;
  T* gradient = static_cast<T*>(args.gradient) + row * args.step;
  const float factor = counted ? args.dloss[row * args.dloss_step] * args.dloss_factor : 0.f;
  for_groups(static_cast<int>(args.step), [&](int i, float(&values)[kWidth]) {
#pragma unroll
    for (int j = 0; j < kWidth; ++j) {
      const float weight = exp2_fast(values[j] - lse) - (i + j == label ? 1.f : 0.f);
      values[j] = counted && i + j < vocab ? factor * weight : 0.f;
    }
    if constexpr (kAligned) {
      *reinterpret_cast<uint4*>(gradient + i) = narrow<T>(values);
    } else {
      gradient[i] = static_cast<T>(values[0]);
    }
  });
}

}  // namespace

void cross_entropy(cudaStream_t stream, const CrossEntropy& args) {
  const auto enqueue = [&]<class T>(T) {
    const bool aligned = args.step * sizeof(T) % 16 == 0;
    auto kernel = aligned ? cross_entropy_rows<T, true, 0> : cross_entropy_rows<T, false, 0>;
    if constexpr (sizeof(T) == 2) {
      constexpr int64_t kGroup = kThreads * 8;  // logits in one group of every thread
      if (aligned && args.step <= 4 * kGroup) {
        kernel = cross_entropy_rows<T, true, 4>;
      } else if (aligned && args.step <= 8 * kGroup) {
        kernel = cross_entropy_rows<T, true, 8>;
      }
    }
    kernel<<<static_cast<unsigned>(args.rows), kThreads, 0, stream>>>(args);
  };
  switch (args.type) {
    case Float::bf16:
      return enqueue(__nv_bfloat16{});
    case Float::f16:
      return enqueue(__half{});
    default:
      return enqueue(float{});
  }
}

}  // namespace lmos::cuda
