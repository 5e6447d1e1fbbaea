// One block a multiprocessor. Each of its warps has a ring of slots in shared memory that
// asynchronous copies fill with weights; a block takes less than half of that memory, so that the
// next kernel's blocks fill theirs while this one ends: the memory of the device never rests.
//
// A block computes a run of outputs of every matrix. Their weights, cut into units of kUnit inputs,
// are shared out evenly between the warps, so a row of weights may belong to several warps: the
// warp that has its beginning owns the sum, and those after it each leave one part.
#include "cuda/products/skinny_streamed.h"

#include <algorithm>
#include <type_traits>

#include "cuda/dependent_launch.cuh"
#include "cuda/products/eight.cuh"

namespace lmos::cuda {
namespace {

inline constexpr int kWarps = 8;
inline constexpr int kThreads = kWarps * 32;
inline constexpr int kUnit = 1024;  // inputs in a slot
inline constexpr int kSlotBytes = kUnit * 2;
inline constexpr int kMostSlots = 8, kLeastSlots = 3;  // of a warp
inline constexpr int kSharedBytes = 110 * 1024;
// Of smaller matrices, blocks that take little shared memory come and go faster (one token of 1.1 B
// parameters: 954 a second against 881; of 8 B: 160 against 176).
inline constexpr int64_t kLeastDim = 4096;
inline constexpr int kNormGroups = 2;  // of 8 norm weights that a thread fetches in advance

struct Streamed {
  Skinny args;
  int slots;
};

__device__ inline void begin_copy(uint32_t to, const void* from, uint32_t bytes, uint32_t barrier) {
#if __CUDA_ARCH__ >= 900
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
          "r"(to),
      "l"(from), "r"(bytes), "r"(barrier)
      : "memory");
#endif
}

__device__ inline void wait_copy(uint32_t barrier, int parity) {
#if __CUDA_ARCH__ >= 900
  asm volatile(
      "{\n"
      "  .reg .pred done;\n"
      "again:\n"
      "  mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "  @!done bra again;\n"
      "}" ::"r"(barrier),
      "r"(parity)
      : "memory");
#endif
}

// The rows of weights of a block: those of the first matrix, then of the next ones.
struct Rows {
  int first[kSkinnyMatrices], count[kSkinnyMatrices];

  template <int kMatrices>
  __device__ static Rows of_block(const Skinny& args) {
    Rows rows;
#pragma unroll
    for (int i = 0; i < kMatrices; ++i) {
      const int64_t outputs = args.matrices[i].outputs;
      rows.first[i] = static_cast<int>(outputs * blockIdx.x / gridDim.x);
      rows.count[i] = static_cast<int>(outputs * (blockIdx.x + 1) / gridDim.x) - rows.first[i];
    }
    return rows;
  }
  template <int kMatrices>
  __device__ int total() const {
    int sum = 0;
#pragma unroll
    for (int i = 0; i < kMatrices; ++i) sum += count[i];
    return sum;
  }
  struct Place {
    int matrix, output;
  };
  template <int kMatrices>
  __device__ Place operator()(std::integral_constant<int, kMatrices>, int row) const {
    Place place{0, first[0] + row};
    int before = 0;
#pragma unroll
    for (int i = 1; i < kMatrices; ++i) {
      before += count[i - 1];
      if (row >= before) place = {i, first[i] + row - before};
    }
    return place;
  }
};

// Copies x to shared memory, normalised if asked; returns after a barrier. `norm` holds the norm's
// weights of the thread's first groups of inputs.
template <class T>
__device__ inline void take_row(const Skinny& args, const Eight (&norm)[kNormGroups], T* to) {
  __shared__ float partial[kWarps];
  const int inputs = static_cast<int>(args.shape.inputs), groups = inputs / 8;
  uint4* own = reinterpret_cast<uint4*>(to);
  float squares = 0;
  for (int i = threadIdx.x; i < groups; i += kThreads) {
    own[i] = __ldcg(static_cast<const uint4*>(args.x) + i);
    for (const float value : widen<T>(own[i]).at) squares = fmaf(value, value, squares);
  }
  if (args.shape.normalised) {
#pragma unroll
    for (int i = 16; i > 0; i /= 2) squares += __shfl_xor_sync(0xffffffffu, squares, i);
    if ((threadIdx.x & 31) == 0) partial[threadIdx.x / 32] = squares;
    __syncthreads();
    float sum = 0;
#pragma unroll
    for (int i = 0; i < kWarps; ++i) sum += partial[i];
    const float factor = rsqrtf(sum / static_cast<float>(inputs) + args.epsilon);
    const auto scale = [&](int group, const Eight& weights) {
      const Eight x = widen<T>(own[group]);
      uint32_t words[4];
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        words[j] = pack<T>(x.at[2 * j] * factor * weights.at[2 * j],
                           x.at[2 * j + 1] * factor * weights.at[2 * j + 1]);
      }
      own[group] = {words[0], words[1], words[2], words[3]};
    };
    int group = threadIdx.x;
#pragma unroll
    for (int s = 0; s < kNormGroups; ++s, group += kThreads) {
      if (group < groups) scale(group, norm[s]);
    }
    for (; group < groups; group += kThreads) {
      scale(group, load_eight<T>(args.norm, args.norm_type, group * 8));
    }
  }
  __syncthreads();
}

template <class T>
__device__ inline float dot(uint4 a, uint4 b, float sum) {
  const uint32_t left[4] = {a.x, a.y, a.z, a.w}, right[4] = {b.x, b.y, b.z, b.w};
  float odd = 0;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 u = unpack<T>(left[i]), v = unpack<T>(right[i]);
    sum = fmaf(u.x, v.x, sum);
    odd = fmaf(u.y, v.y, odd);
  }
  return sum + odd;
}

// kMatrices: that are present. kGated: the two are those of swiglu.
template <class T, int kMatrices, bool kGated>
__global__ void __launch_bounds__(kThreads, 2)
    stream_row(const __grid_constant__ Streamed streamed) {
  extern __shared__ __align__(128) uint8_t shared[];
  __shared__ uint64_t barriers[kWarps][kMostSlots];
  __shared__ float parts[kWarps];
  __shared__ int part_of[kWarps];  // the row of weights that a warp left a part of, or −1
  const Skinny& args = streamed.args;
  constexpr std::integral_constant<int, kMatrices> kAll;
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32, slots = streamed.slots;
  const int inputs = static_cast<int>(args.shape.inputs);
  const int chunks = (inputs + kUnit - 1) / kUnit;
  const Rows rows = Rows::of_block<kMatrices>(args);
  const int total = rows.total<kMatrices>(), units = total * chunks;
  const int begin = static_cast<int>(static_cast<int64_t>(units) * warp / kWarps);
  const int end = static_cast<int>(static_cast<int64_t>(units) * (warp + 1) / kWarps);
  uint8_t* ring = shared + warp * slots * kSlotBytes;
  T* x = reinterpret_cast<T*>(shared + kWarps * slots * kSlotBytes);
  float* sums = reinterpret_cast<float*>(x + inputs);  // [total]

  // Of the first lane: the unit that is copied next.
  int next = begin, next_row = begin / chunks, next_chunk = begin % chunks;
  const auto copy_next = [&](int slot) {
    const auto place = rows(kAll, next_row);
    const uint8_t* from =
        static_cast<const uint8_t*>(args.matrices[place.matrix].weights) +
        (static_cast<int64_t>(place.output) * inputs + next_chunk * kUnit) * sizeof(T);
    const int count = min(kUnit, inputs - next_chunk * kUnit);
    begin_copy(shared_address(ring + slot * kSlotBytes), from, count * sizeof(T),
               shared_address(&barriers[warp][slot]));
    ++next;
    if (++next_chunk == chunks) {
      next_chunk = 0;
      ++next_row;
    }
  };
  if (!args.weights_are_constant) wait_for_previous();
  if (lane == 0) {
    for (int i = 0; i < slots; ++i) {
      asm volatile(
          "mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(&barriers[warp][i])));
    }
#if __CUDA_ARCH__ >= 900
    asm volatile("fence.mbarrier_init.release.cluster;\nfence.proxy.async.shared::cta;" ::
                     : "memory");
#endif
    for (int i = 0; i < slots && next < end; ++i) copy_next(i);
  }
  __syncwarp();
  Eight norm[kNormGroups] = {};
  if (args.shape.normalised) {
#pragma unroll
    for (int s = 0; s < kNormGroups; ++s) {
      const int first = (static_cast<int>(threadIdx.x) + s * kThreads) * 8;
      if (first < inputs) norm[s] = load_eight<T>(args.norm, args.norm_type, first);
    }
  }
  let_next_start();
  if (args.weights_are_constant) wait_for_previous();

  // The first result of each thread: what is added to it is fetched in advance.
  const int outputs = kGated ? total / 2 : total;
  const auto added_to = [&](int result) {
    float added = 0;
    if constexpr (!kGated) {
      const auto place = rows(kAll, result);
      const SkinnyMatrix& matrix = args.matrices[place.matrix];
      if (matrix.bias != nullptr) added = load_float(matrix.bias, args.bias_type, place.output);
      if (matrix.residual != nullptr) {
        added += static_cast<float>(static_cast<const T*>(matrix.residual)[place.output]);
      }
    }
    return added;
  };
  const float first_added =
      static_cast<int>(threadIdx.x) < outputs ? added_to(static_cast<int>(threadIdx.x)) : 0.f;
  take_row<T>(args, norm, x);

  float sum = 0;
  int row = begin / chunks, chunk = begin % chunks;
  bool owned = chunk == 0;
  if (lane == 0) part_of[warp] = owned || begin == end ? -1 : row;
  const auto finish_row = [&] {
#pragma unroll
    for (int i = 16; i > 0; i /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, i);
    if (lane == 0) (owned ? sums[row] : parts[warp]) = sum;
    sum = 0;
    owned = true;
  };
  int slot = 0, parity = 0;
  for (int unit = begin; unit < end; ++unit) {
    wait_copy(shared_address(&barriers[warp][slot]), parity);
    const uint4* w = reinterpret_cast<const uint4*>(ring + slot * kSlotBytes);
    const T* from = x + chunk * kUnit;
    const int count = min(kUnit, inputs - chunk * kUnit);
#pragma unroll
    for (int i = 0; i < kUnit / 256; ++i) {
      const int at = i * 256 + lane * 8;
      if (at >= count) continue;
      sum = dot<T>(w[i * 32 + lane], *reinterpret_cast<const uint4*>(from + at), sum);
    }
    __syncwarp();
    if (lane == 0 && next < end) copy_next(slot);
    if (++slot == slots) {
      slot = 0;
      parity ^= 1;
    }
    if (++chunk == chunks) {
      finish_row();
      chunk = 0;
      ++row;
    }
  }
  if (chunk != 0 && begin < end) finish_row();
  __syncthreads();

  const auto sum_of = [&](int weight_row) {
    float value = sums[weight_row];
#pragma unroll
    for (int i = 1; i < kWarps; ++i) {
      if (part_of[i] == weight_row) value += parts[i];
    }
    return value;
  };
  for (int i = threadIdx.x; i < outputs; i += kThreads) {
    float value = sum_of(i);
    if constexpr (kGated) {
      value = value / (1.f + __expf(-value)) * sum_of(i + outputs);
    } else {
      value += i == static_cast<int>(threadIdx.x) ? first_added : added_to(i);
    }
    const auto place = rows(kAll, i);
    void* y = args.matrices[place.matrix].y;
    if (args.shape.wide) {
      static_cast<float*>(y)[place.output] = value;
    } else {
      static_cast<T*>(y)[place.output] = static_cast<T>(value);
    }
  }
}

struct Hardware {
  int major = 0, processors = 1;
};

Hardware hardware() {
  int device = 0;
  Hardware result;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&result.major, cudaDevAttrComputeCapabilityMajor, device);
  cudaDeviceGetAttribute(&result.processors, cudaDevAttrMultiProcessorCount, device);
  return result;
}

template <class T, int kMatrices, bool kGated>
bool enqueue_streamed(cudaStream_t stream, const Skinny& args) {
  const Hardware device = hardware();
  if (device.major < 9) return false;
  int64_t outputs = 0, most = 0;
  for (int i = 0; i < kMatrices; ++i) {
    outputs += args.matrices[i].outputs;
    most += (args.matrices[i].outputs + device.processors - 1) / device.processors;
  }
  if (std::min(args.shape.inputs, outputs) < kLeastDim) return false;
  const int64_t blocks = std::min<int64_t>(outputs, device.processors);
  if (blocks < device.processors) most = outputs;
  const int64_t rest = args.shape.inputs * sizeof(T) + most * sizeof(float);
  const int64_t slots =
      std::min<int64_t>(kMostSlots, (kSharedBytes - rest) / (kWarps * kSlotBytes));
  if (slots < kLeastSlots) return false;
  launch_dependent(stream_row<T, kMatrices, kGated>, dim3(blocks), kThreads,
                   kWarps * slots * kSlotBytes + rest, 1, stream,
                   Streamed{args, static_cast<int>(slots)});
  return true;
}

template <class T>
bool enqueue_row(cudaStream_t stream, const Skinny& args) {
  if (args.shape.epilogue == SkinnyEpilogue::swiglu) {
    return enqueue_streamed<T, 2, true>(stream, args);
  }
  if (args.matrices[1].outputs == 0) return enqueue_streamed<T, 1, false>(stream, args);
  return enqueue_streamed<T, kSkinnyMatrices, false>(stream, args);
}

}  // namespace

bool streamed_product(cudaStream_t stream, const Skinny& args) {
  if (args.shape.rows != 1 || args.shape.format != WeightFormat::same) return false;
  if (args.shape.type == Float::bf16) return enqueue_row<__nv_bfloat16>(stream, args);
  return args.shape.type == Float::f16 && enqueue_row<__half>(stream, args);
}

}  // namespace lmos::cuda
