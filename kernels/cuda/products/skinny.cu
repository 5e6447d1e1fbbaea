// A block computes 8 outputs for all rows, on tensor cores: x is the left operand (16 rows, absent
// ones zero), weights the right one. Its warps share the inputs. Each lane reads 16 bytes of one
// row of weights at a time, straight into the registers of the product: which inputs stand at
// which place of a 16-deep product does not matter as long as x agrees.
#include "cuda/products/skinny.h"

#include <algorithm>

#include "cuda/dependent_launch.cuh"
#include "cuda/products/eight.cuh"
#include "cuda/products/skinny_streamed.h"

namespace lmos::cuda {
namespace {

inline constexpr int kWarps = 8;
inline constexpr int kThreads = kWarps * 32;
inline constexpr int kOutputs = 8;
static_assert(kOutputs == kWarps);                         // multiply_rows_f32: a warp an output
inline constexpr int kResidentBlocks = 3;                  // of a multiprocessor
inline constexpr int64_t kLargeBytes = int64_t{48} << 20;  // of weights
inline constexpr int64_t kSharedBytes = 110 * 1024;  // of x: two blocks fit in a multiprocessor
// Rows of x in shared memory are this many elements further apart than they are long: 64 bytes, so
// that neighbouring rows are in different banks.
inline constexpr int kPadding = 32;

// Weights are read once: they take no place in the L1 cache. Zeros if not valid.
__device__ inline uint4 load_weights(const uint8_t* from, bool valid) {
  uint4 r;
  asm volatile(
      "{\n"
      "  .reg .pred valid;\n"
      "  setp.ne.b32 valid, %5, 0;\n"
      "  mov.b32 %0, 0; mov.b32 %1, 0; mov.b32 %2, 0; mov.b32 %3, 0;\n"
      "  @valid ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];\n"
      "}"
      : "=&r"(r.x), "=&r"(r.y), "=&r"(r.z), "=&r"(r.w)
      : "l"(from), "r"(static_cast<int>(valid)));
  return r;
}

// Four one-byte weights to two pairs of T, exactly.
template <class T, WeightFormat kFormat>
struct Widen;
template <>
struct Widen<__nv_bfloat16, WeightFormat::e4m3> {
  // The bits of e4m3 shifted into place are the value times 2^-120, the difference of the biases.
  __device__ static uint2 pairs(uint32_t four) {
    return {pair(__byte_perm(four, 0, 0x1404)), pair(__byte_perm(four, 0, 0x3424))};
  }
  __device__ static uint32_t pair(uint32_t high) {  // the weights in the high bytes of each half
    const uint32_t bits = (high & 0x80008000u) | ((high & 0x7f007f00u) >> 4);
    const __nv_bfloat162 factor = __bfloat162bfloat162(__ushort_as_bfloat16(0x7b80));  // 2^120
    const __nv_bfloat162 value = __hmul2(*reinterpret_cast<const __nv_bfloat162*>(&bits), factor);
    return *reinterpret_cast<const uint32_t*>(&value);
  }
};
template <>
struct Widen<__half, WeightFormat::e4m3> {
  __device__ static uint2 pairs(uint32_t four) {
    return {pair(__byte_perm(four, 0, 0x1404)), pair(__byte_perm(four, 0, 0x3424))};
  }
  __device__ static uint32_t pair(uint32_t high) {  // times 2^-8 by its place
    const uint32_t bits = (high & 0x80008000u) | ((high & 0x7f007f00u) >> 1);
    const __half2 factor = __half2half2(__ushort_as_half(0x5c00));  // 2^8
    const __half2 value = __hmul2(*reinterpret_cast<const __half2*>(&bits), factor);
    return *reinterpret_cast<const uint32_t*>(&value);
  }
};
template <>
struct Widen<__nv_bfloat16, WeightFormat::int8> {
  // value = (128 + low seven bits) − (128, or 256 if the sign bit is set)
  __device__ static uint2 pairs(uint32_t four) {
    return {pair(__byte_perm(four, 0, 0x4140)), pair(__byte_perm(four, 0, 0x4342))};
  }
  __device__ static uint32_t pair(uint32_t low) {
    const uint32_t above = (low & 0x007f007fu) | 0x43004300u;
    const uint32_t base = (low & 0x00800080u) | 0x43004300u;
    const __nv_bfloat162 value = __hsub2(*reinterpret_cast<const __nv_bfloat162*>(&above),
                                         *reinterpret_cast<const __nv_bfloat162*>(&base));
    return *reinterpret_cast<const uint32_t*>(&value);
  }
};
template <>
struct Widen<__half, WeightFormat::int8> {
  // 1024 + (byte + 128 mod 256), less 1152
  __device__ static uint2 pairs(uint32_t four) {
    return {pair(__byte_perm(four, 0, 0x4140)), pair(__byte_perm(four, 0, 0x4342))};
  }
  __device__ static uint32_t pair(uint32_t low) {
    const uint32_t above = (low ^ 0x00800080u) | 0x64006400u;
    const __half2 base = __half2half2(__ushort_as_half(0x6480));
    const __half2 value = __hsub2(*reinterpret_cast<const __half2*>(&above), base);
    return *reinterpret_cast<const uint32_t*>(&value);
  }
};

// Copies x to `to`, rows of inputs + kPadding; returns after a barrier. Loads of x from global
// memory in the main loop would return after the weights requested before them.
template <class T>
__device__ inline void stage(const Skinny& args, T* to) {
  const int groups = static_cast<int>(args.shape.inputs) / 8;
  const int total = groups * static_cast<int>(args.shape.rows), padded = groups + kPadding / 8;
  const uint4* x = static_cast<const uint4*>(args.x);
#pragma unroll 8
  for (int i = threadIdx.x; i < total; i += kThreads) {
    reinterpret_cast<uint4*>(to)[i / groups * padded + i % groups] = x[i];
  }
  __syncthreads();
}

// Likewise, normalised. `weights` are the norm's weights of the thread's first group of inputs.
template <class T>
__device__ inline void normalise(const Skinny& args, const Eight& weights, T* to) {
  __shared__ float partial[kSkinnyRows][kWarps];
  const int inputs = static_cast<int>(args.shape.inputs), rows = static_cast<int>(args.shape.rows);
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
  const uint4* x = static_cast<const uint4*>(args.x);
  const int groups = inputs / 8, first = threadIdx.x;
  for (int row = 0; row < rows; ++row) {
    float squares = 0;
    for (int i = first; i < groups; i += kThreads) {
      const Eight value = widen<T>(x[row * groups + i]);
#pragma unroll
      for (const float v : value.at) squares = fmaf(v, v, squares);
    }
#pragma unroll
    for (int i = 16; i > 0; i /= 2) squares += __shfl_xor_sync(0xffffffffu, squares, i);
    if (lane == 0) partial[row][warp] = squares;
  }
  __syncthreads();
  for (int row = 0; row < rows; ++row) {
    float squares = 0;
#pragma unroll
    for (int i = 0; i < kWarps; ++i) squares += partial[row][i];
    const float factor = rsqrtf(squares / static_cast<float>(inputs) + args.epsilon);
    for (int i = first; i < groups; i += kThreads) {
      const Eight value = widen<T>(x[row * groups + i]);
      const Eight weight = i == first ? weights : load_eight<T>(args.norm, args.norm_type, i * 8);
      uint32_t result[4];
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        result[j] = pack<T>(value.at[2 * j] * factor * weight.at[2 * j],
                            value.at[2 * j + 1] * factor * weight.at[2 * j + 1]);
      }
      reinterpret_cast<uint4*>(to)[row * (groups + kPadding / 8) + i] = {result[0], result[1],
                                                                         result[2], result[3]};
    }
  }
  __syncthreads();
}

// A group of kOutputs outputs of one matrix.
struct Group {
  int matrix, first;  // first output
};

// Group `index` of all matrices; one past the last is of no matrix.
template <int kMatrices>
__device__ inline Group group_of(const Skinny& args, int index) {
  Group group{0, index * kOutputs};
#pragma unroll
  for (int i = 0; i + 1 < kMatrices; ++i) {
    const int outputs = static_cast<int>(args.matrices[i].outputs);
    const int padded = (outputs + kOutputs - 1) / kOutputs * kOutputs;
    if (group.matrix == i && group.first >= padded) group = {i + 1, group.first - padded};
  }
  return group;
}

// kTiles: 1, or 2 for swiglu; kMatrices: that are present for 1. A block goes over every
// gridDim.x-th group of kOutputs outputs; the weights of the next group are on their way while one
// is finished.
template <class T, WeightFormat kFormat, int kTiles, int kMatrices>
__global__ void __launch_bounds__(kThreads, kResidentBlocks)
    multiply_rows(const __grid_constant__ Skinny args) {
  constexpr int kBytes = kFormat == WeightFormat::same ? 2 : 1;
  constexpr int kGroup = 16 / kBytes;  // inputs in 16 bytes of weights
  constexpr int kLoads = 8 / kTiles;   // of 16 bytes that a lane has in flight, for each tile
  constexpr int kStep = kWarps * kLoads * 4 * kGroup;  // inputs that the block takes at once
  extern __shared__ __align__(16) uint8_t shared[];
  __shared__ float sums[2][kWarps][kTiles][16][kOutputs];
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
  const int inputs = static_cast<int>(args.shape.inputs);
  int groups = 0;
#pragma unroll
  for (int i = 0; i < kMatrices; ++i) {
    groups += (static_cast<int>(args.matrices[i].outputs) + kOutputs - 1) / kOutputs;
  }
  const int own = (warp * kLoads * 4 + (lane & 3)) * kGroup;  // a lane's first input of a step

  uint4 w[kTiles][kLoads];
  int load_group = blockIdx.x, load_begin = 0;
  const auto load_next = [&] {
    const Group group = group_of<kMatrices>(args, load_group);
    const int output = group.first + lane / 4;
    const bool inside = output < args.matrices[group.matrix].outputs;
    const int64_t offset =
        (static_cast<int64_t>(inside ? output : 0) * inputs + load_begin + own) * kBytes;
#pragma unroll
    for (int tile = 0; tile < kTiles; ++tile) {
      const uint8_t* from =
          static_cast<const uint8_t*>(args.matrices[group.matrix + tile].weights) + offset;
#pragma unroll
      for (int i = 0; i < kLoads; ++i) {
        w[tile][i] = load_weights(from + i * 4 * kGroup * kBytes,
                                  inside && load_begin + own + i * 4 * kGroup < inputs);
      }
    }
    load_begin += kStep;
    if (load_begin >= inputs) {
      load_begin = 0;
      load_group += static_cast<int>(gridDim.x);
    }
  };
  Eight norm_weights = {};
  const auto load_first = [&] {
    if (args.shape.normalised && static_cast<int>(threadIdx.x) * 8 < inputs) {
      norm_weights = load_eight<T>(args.norm, args.norm_type, threadIdx.x * 8);
    }
    load_next();
  };
  if (args.weights_are_constant) load_first();
  wait_for_previous();
  let_next_start();
  if (!args.weights_are_constant) load_first();

  T* x = reinterpret_cast<T*>(shared);
  if (args.shape.normalised) {
    normalise<T>(args, norm_weights, x);
  } else {
    stage<T>(args, x);
  }
  const int rows = static_cast<int>(args.shape.rows), row = lane / 4;
  float c[kTiles][4] = {};
  const auto multiply_loaded = [&](int begin) {
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      const int input = begin + own + i * 4 * kGroup;
#pragma unroll
      for (int half = 0; half < kGroup / 8; ++half) {
        uint4 a = {0, 0, 0, 0}, a8 = {0, 0, 0, 0};
        const T* from = x + row * (inputs + kPadding) + input + half * 8;
        if (row < rows && input < inputs) a = *reinterpret_cast<const uint4*>(from);
        if (row + 8 < rows && input < inputs) {
          a8 = *reinterpret_cast<const uint4*>(from + 8 * (inputs + kPadding));
        }
#pragma unroll
        for (int tile = 0; tile < kTiles; ++tile) {
          uint4 b = w[tile][i];
          if constexpr (kFormat != WeightFormat::same) {
            const uint2 low = Widen<T, kFormat>::pairs(half == 0 ? b.x : b.z);
            const uint2 high = Widen<T, kFormat>::pairs(half == 0 ? b.y : b.w);
            b = {low.x, low.y, high.x, high.y};
          }
          const uint32_t left[4] = {a.x, a8.x, a.y, a8.y}, right[4] = {a.z, a8.z, a.w, a8.w};
          multiply<T>(c[tile], left, b.x, b.y);
          multiply<T>(c[tile], right, b.z, b.w);
        }
      }
    }
  };
  int parity = 0;
  // The warps' sums of one group of outputs to y. Memory alternates: a warp is at most one group
  // ahead of another.
  const auto finish = [&](int index) {
#pragma unroll
    for (int tile = 0; tile < kTiles; ++tile) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        sums[parity][warp][tile][row + (i / 2) * 8][(lane & 3) * 2 + (i & 1)] = c[tile][i];
        c[tile][i] = 0;
      }
    }
    __syncthreads();
    const int out_row = threadIdx.x / kOutputs, column = threadIdx.x % kOutputs;
    const Group group = group_of<kMatrices>(args, index);
    const SkinnyMatrix& matrix = args.matrices[group.matrix];
    const int output = group.first + column;
    if (out_row < rows && output < matrix.outputs) {
      float result[kTiles] = {};
#pragma unroll
      for (int tile = 0; tile < kTiles; ++tile) {
#pragma unroll
        for (int i = 0; i < kWarps; ++i) result[tile] += sums[parity][i][tile][out_row][column];
        if constexpr (kFormat != WeightFormat::same) {
          result[tile] *= args.matrices[group.matrix + tile].scales[output];
        }
      }
      const int64_t at = out_row * matrix.outputs + output;
      if constexpr (kTiles == 2) {
        result[0] = result[0] / (1.f + __expf(-result[0])) * result[1];
      } else {
        if (matrix.bias != nullptr) result[0] += load_float(matrix.bias, args.bias_type, output);
        if (matrix.residual != nullptr) {
          result[0] += static_cast<float>(static_cast<const T*>(matrix.residual)[at]);
        }
      }
      if (args.shape.wide) {
        static_cast<float*>(matrix.y)[at] = result[0];
      } else {
        static_cast<T*>(matrix.y)[at] = static_cast<T>(result[0]);
      }
    }
    parity ^= 1;
  };
  int group = blockIdx.x, begin = 0;
  while (group < groups) {
    multiply_loaded(begin);
    load_next();
    begin += kStep;
    if (begin >= inputs) {
      finish(group);
      begin = 0;
      group += static_cast<int>(gridDim.x);
    }
  }
}

// f32: a warp an output, kRows rows of x at once.
template <int kRows>
__global__ void __launch_bounds__(kThreads) multiply_rows_f32(Skinny args) {
  const int lane = threadIdx.x & 31;
  const Group group = group_of<kSkinnyMatrices>(args, static_cast<int>(blockIdx.x));
  const SkinnyMatrix& matrix = args.matrices[group.matrix];
  const int64_t output = group.first + static_cast<int>(threadIdx.x) / 32;
  const int64_t inputs = args.shape.inputs;
  const int rows = static_cast<int>(args.shape.rows);
  wait_for_previous();
  let_next_start();
  if (output >= matrix.outputs) return;
  const uint8_t* weights =
      reinterpret_cast<const uint8_t*>(static_cast<const float*>(matrix.weights) + output * inputs);
  float sums[kRows] = {};
  constexpr int kLoads = kRows > 4 ? 2 : 4;
  for (int64_t begin = lane * 4; begin < inputs; begin += kLoads * 128) {
    uint4 w[kLoads];
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      w[i] = load_weights(weights + (begin + i * 128) * 4, begin + i * 128 < inputs);
    }
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      if (begin + i * 128 >= inputs) continue;
#pragma unroll
      for (int row = 0; row < kRows; ++row) {
        if (row >= rows) continue;
        const float4 x = *reinterpret_cast<const float4*>(static_cast<const float*>(args.x) +
                                                          row * inputs + begin + i * 128);
        sums[row] = fmaf(x.x, __uint_as_float(w[i].x), sums[row]);
        sums[row] = fmaf(x.y, __uint_as_float(w[i].y), sums[row]);
        sums[row] = fmaf(x.z, __uint_as_float(w[i].z), sums[row]);
        sums[row] = fmaf(x.w, __uint_as_float(w[i].w), sums[row]);
      }
    }
  }
#pragma unroll
  for (int row = 0; row < kRows; ++row) {
#pragma unroll
    for (int i = 16; i > 0; i /= 2) sums[row] += __shfl_xor_sync(0xffffffffu, sums[row], i);
    if (lane != 0 || row >= rows) continue;
    const int64_t at = row * matrix.outputs + output;
    float result = sums[row];
    if (matrix.bias != nullptr) result += load_float(matrix.bias, args.bias_type, output);
    if (matrix.residual != nullptr) result += static_cast<const float*>(matrix.residual)[at];
    static_cast<float*>(matrix.y)[at] = result;
  }
}

int processors() {
  int device = 0, count = 1;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device);
  return count;
}

// Of all matrices.
int64_t groups_of(const Skinny& args, int matrices) {
  int64_t groups = 0;
  for (int i = 0; i < matrices; ++i) {
    groups += (args.matrices[i].outputs + kOutputs - 1) / kOutputs;
  }
  return groups;
}

template <class T, WeightFormat kFormat, int kTiles, int kMatrices>
void enqueue_tiles(cudaStream_t stream, const Skinny& args) {
  const SkinnyShape& shape = args.shape;
  const size_t bytes = shape.rows * (shape.inputs + kPadding) * sizeof(T);
  const int64_t groups = groups_of(args, kMatrices);
  // Large matrices of 16 bits are read as fast by one block a multiprocessor, which leaves room for
  // the next kernel to begin. Small ones need all their bytes under way at once, and bytes to be
  // widened need the arithmetic of more warps.
  const int64_t weight_bytes = groups * kOutputs * kTiles * shape.inputs * sizeof(T);
  const bool lean = kFormat == WeightFormat::same && weight_bytes >= kLargeBytes;
  const int64_t resident = lean ? 1 : kResidentBlocks;
  const int64_t blocks = std::min<int64_t>(groups, processors() * resident);
  launch_dependent(multiply_rows<T, kFormat, kTiles, kMatrices>, dim3(blocks), kThreads, bytes, 1,
                   stream, args);
}

template <class T>
void enqueue(cudaStream_t stream, const Skinny& args) {
  const auto with_format = [&]<WeightFormat kFormat>() {
    if (args.shape.epilogue == SkinnyEpilogue::swiglu) {
      enqueue_tiles<T, kFormat, 2, 1>(stream, args);
    } else if (args.matrices[1].outputs == 0) {
      enqueue_tiles<T, kFormat, 1, 1>(stream, args);
    } else {
      enqueue_tiles<T, kFormat, 1, kSkinnyMatrices>(stream, args);
    }
  };
  switch (args.shape.format) {
    case WeightFormat::same:
      return with_format.template operator()<WeightFormat::same>();
    case WeightFormat::e4m3:
      return with_format.template operator()<WeightFormat::e4m3>();
    case WeightFormat::int8:
      return with_format.template operator()<WeightFormat::int8>();
  }
}

}  // namespace

bool skinny_covers(const SkinnyShape& shape) {
  if (shape.rows < 1 || shape.rows > kSkinnyRows || shape.inputs < 1) return false;
  if (shape.inputs >= int64_t{1} << 26) return false;
  if (shape.type == Float::f32) {
    return shape.format == WeightFormat::same && shape.epilogue == SkinnyEpilogue::plain &&
           !shape.normalised && shape.inputs % 4 == 0;
  }
  if (shape.type != Float::bf16 && shape.type != Float::f16) return false;
  if (shape.rows * (shape.inputs + kPadding) * 2 > kSharedBytes) return false;
  return shape.inputs % (shape.format == WeightFormat::same ? 8 : 16) == 0;
}

void skinny_product(cudaStream_t stream, const Skinny& args) {
  if (streamed_product(stream, args)) return;
  switch (args.shape.type) {
    case Float::bf16:
      return enqueue<__nv_bfloat16>(stream, args);
    case Float::f16:
      return enqueue<__half>(stream, args);
    default: {
      const auto with = [&](auto kernel) {
        launch_dependent(kernel, dim3(groups_of(args, kSkinnyMatrices)), kThreads, 0, 1, stream,
                         args);
      };
      if (args.shape.rows == 1) return with(multiply_rows_f32<1>);
      if (args.shape.rows <= 4) return with(multiply_rows_f32<4>);
      return with(multiply_rows_f32<16>);
    }
  }
}

}  // namespace lmos::cuda
