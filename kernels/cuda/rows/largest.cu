#include "cuda/rows/largest.h"

#include <algorithm>

#include "cuda/dependent_launch.cuh"
#include "cuda/element.cuh"

namespace lmos::cuda {
namespace {

// First every block picks the largest of a segment of a row; then one block a row
// sorts what its segments gave.
constexpr int kThreads = 256, kWarps = kThreads / 32;
constexpr int kPerThread = 16;
constexpr int64_t kSegment = kThreads * kPerThread;
constexpr uint32_t kMostCandidates = 512;
constexpr int kSortThreads = 512;
constexpr int kSortKeys = 2048;  // at once

// Orders as its float does, above those of negative numbers; 0 is below every number.
__device__ uint32_t ordered(float x) {
  const uint32_t bits = __float_as_uint(x + 0.0f);  // −0 becomes +0
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}
__device__ float unordered(uint32_t key) {
  return __uint_as_float((key & 0x80000000u) != 0 ? key & 0x7fffffffu : ~key);
}
// Larger for what comes first.
__device__ uint64_t sort_key(uint32_t ordered, uint32_t column) {
  return static_cast<uint64_t>(ordered) << 32 | (0xffffffffu - column);
}

struct Scratch {
  uint64_t* keys;        // [rows, segments, count]
  float *maxima, *sums;  // [rows, segments]
  int64_t segments;
};
__host__ __device__ int64_t segments_of(int64_t columns) { return ceil_div(columns, kSegment); }
__device__ Scratch scratch_of(const Largest& args) {
  const int64_t segments = segments_of(args.columns);
  auto* keys = static_cast<uint64_t*>(args.scratch);
  auto* maxima = reinterpret_cast<float*>(keys + args.rows * segments * args.count);
  return {keys, maxima, maxima + args.rows * segments, segments};
}

// The sum of all threads' counts, in each of them. `turn` counts the calls.
__device__ uint32_t count_block(uint32_t own, uint32_t (*shared)[kWarps], int turn) {
  const uint32_t warp = __reduce_add_sync(0xffffffffu, own);
  if (threadIdx.x % 32 == 0) shared[turn & 1][threadIdx.x / 32] = warp;
  __syncthreads();
  uint32_t total = 0;
#pragma unroll
  for (int i = 0; i < kWarps; ++i) total += shared[turn & 1][i];
  return total;
}

template <class T>
__global__ void __launch_bounds__(kThreads) pick_segments(Largest args) {
  __shared__ float sums[33];
  __shared__ uint32_t counts[2][kWarps];
  __shared__ uint32_t places;
  __shared__ uint32_t bounds[kWarps];
  __shared__ uint64_t candidates[kMostCandidates];
  wait_for_previous();
  const Scratch scratch = scratch_of(args);
  const int64_t row = blockIdx.y, segment = blockIdx.x, first = segment * kSegment;
  const auto* x = static_cast<const T*>(args.x) + row * args.width + first;
  const auto size = static_cast<int>(min(kSegment, args.columns - first));

  float values[kPerThread];
#pragma unroll
  for (int i = 0; i < kPerThread; ++i) {
    const int at = i * kThreads + static_cast<int>(threadIdx.x);
    values[i] = at < size ? widen(x[at]) : -INFINITY;
  }
  float maximum = -INFINITY;
#pragma unroll
  for (int i = 0; i < kPerThread; ++i) maximum = fmaxf(maximum, values[i]);
  maximum = reduce_block(maximum, sums, [](float a, float b) { return fmaxf(a, b); });
  const float scale = args.scale[row];
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kPerThread; ++i)
    if (values[i] != -INFINITY) sum += expf((values[i] - maximum) * scale);
  __syncthreads();
  sum = reduce_block(sum, sums, Sum{});
  const int64_t place = row * scratch.segments + segment;
  if (threadIdx.x == 0) {
    scratch.maxima[place] = maximum;
    scratch.sums[place] = sum;
    places = 0;
  }

  const auto wanted = static_cast<uint32_t>(min(args.count, static_cast<int64_t>(size)));
  uint32_t keys[kPerThread];
#pragma unroll
  for (int i = 0; i < kPerThread; ++i)
    keys[i] = i * kThreads + static_cast<int>(threadIdx.x) < size ? max(1u, ordered(values[i])) : 0;
  uint64_t* out = scratch.keys + place * args.count;
  for (int64_t i = wanted + threadIdx.x; i < args.count; i += kThreads) out[i] = 0;
  // At least `wanted` elements reach this bound, and seldom many more: in each warp, so many lanes
  // hold one that reaches its own bound, which is sought among the lanes' maxima bit by bit.
  uint32_t own_most = 0;
#pragma unroll
  for (int i = 0; i < kPerThread; ++i) own_most = max(own_most, keys[i]);
  const uint32_t lanes = (wanted + kWarps - 1) / kWarps;
  const uint32_t most = __reduce_max_sync(0xffffffffu, own_most);
  const uint32_t differing = most ^ __reduce_min_sync(0xffffffffu, own_most);
  uint32_t bit = differing == 0 ? 0 : 0x80000000u >> __clz(static_cast<int>(differing));
  uint32_t bound = most & ~(bit * 2 - (bit != 0)), holders = 32;  // what all lanes have in common
  for (; bit != 0 && holders != lanes; bit >>= 1) {
    const uint32_t holding = __popc(__ballot_sync(0xffffffffu, own_most >= (bound | bit)));
    if (holding >= lanes) {
      bound |= bit;
      holders = holding;
    }
  }
  if (threadIdx.x % 32 == 0) bounds[threadIdx.x / 32] = bound;
  __syncthreads();
#pragma unroll
  for (int i = 0; i < kWarps; ++i) bound = min(bound, bounds[i]);
  if (bound != 0 && own_most >= bound) {
#pragma unroll
    for (int i = 0; i < kPerThread; ++i) {
      if (keys[i] < bound) continue;
      const uint32_t at = atomicAdd(&places, 1u);
      if (at < kMostCandidates)
        candidates[at] =
            sort_key(keys[i], static_cast<uint32_t>(first) + i * kThreads + threadIdx.x);
    }
  }
  __syncthreads();
  const uint32_t found = places;
  if (bound != 0 && found <= kMostCandidates) {
    for (uint32_t i = threadIdx.x; i < found; i += kThreads) {
      const uint64_t key = candidates[i];
      uint32_t rank = 0;
      for (uint32_t j = 0; j < found; ++j) rank += candidates[j] > key;
      if (rank < wanted) out[rank] = key;
    }
    return;
  }

  // Many equal ones. The largest key that at least `wanted` elements reach, bit by bit, or one that
  // just as many do.
  __syncthreads();
  if (threadIdx.x == 0) places = 0;
  uint32_t threshold = 0, reached = 0;
  int turn = 0;
  for (uint32_t bit = 0x80000000u; bit != 0 && reached != wanted; bit >>= 1) {
    uint32_t own = 0;
#pragma unroll
    for (int i = 0; i < kPerThread; ++i) own += keys[i] >= (threshold | bit);
    const uint32_t total = count_block(own, counts, turn++);
    if (total >= wanted) {
      threshold |= bit;
      reached = total;
    }
  }
  // Of those that equal the threshold, the first columns: below `end`, which is the least with
  // which there are enough.
  uint32_t end = kSegment;
  if (reached != wanted) {
    uint32_t below = 0;
    for (uint32_t bit = kSegment; bit != 0; bit >>= 1) {
      uint32_t own = 0;
#pragma unroll
      for (int i = 0; i < kPerThread; ++i)
        own += keys[i] > threshold ||
               (keys[i] == threshold && i * kThreads + threadIdx.x < (below | bit));
      if (count_block(own, counts, turn++) < wanted) below |= bit;
    }
    end = below + 1;
  }
#pragma unroll
  for (int i = 0; i < kPerThread; ++i) {
    const uint32_t at = i * kThreads + threadIdx.x;
    if (keys[i] > threshold || (keys[i] == threshold && at < end))
      out[atomicAdd(&places, 1u)] = sort_key(keys[i], static_cast<uint32_t>(first) + at);
  }
}

// Sorts `size` keys, a power of two, descending (Batcher 1968, bitonic).
__device__ void sort_keys(uint64_t* keys, int size) {
  for (int run = 2; run <= size; run *= 2) {
    for (int step = run / 2; step > 0; step /= 2) {
      __syncthreads();
      for (int i = static_cast<int>(threadIdx.x); i < size / 2; i += kSortThreads) {
        const int low = 2 * i - (i & (step - 1)), high = low + step;
        const bool descending = (low & run) == 0;
        const uint64_t a = keys[low], b = keys[high];
        if ((a < b) == descending) {
          keys[low] = b;
          keys[high] = a;
        }
      }
    }
  }
  __syncthreads();
}

template <class T>
__global__ void __launch_bounds__(kSortThreads) merge_segments(Largest args) {
  __shared__ uint64_t keys[kSortKeys];
  wait_for_previous();
  const Scratch scratch = scratch_of(args);
  const int64_t row = blockIdx.x, total = scratch.segments * args.count;
  const uint64_t* candidates = scratch.keys + row * total;
  const int count = static_cast<int>(args.count);
  // The best so far stay in front.
  for (int64_t taken = 0; taken < total;) {
    const int kept = taken == 0 ? 0 : count;
    const auto added = static_cast<int>(min(total - taken, static_cast<int64_t>(kSortKeys - kept)));
    int size = 2;
    while (size < kept + added) size *= 2;
    for (int i = static_cast<int>(threadIdx.x); i < size - kept; i += kSortThreads)
      keys[kept + i] = i < added ? candidates[taken + i] : 0;
    sort_keys(keys, size);
    taken += added;
  }
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kSortThreads) {
    const uint64_t key = keys[i];
    static_cast<T*>(args.values)[row * count + i] =
        narrow<T>(unordered(static_cast<uint32_t>(key >> 32)));
    args.ids[row * count + i] = static_cast<int32_t>(0xffffffffu - static_cast<uint32_t>(key));
  }
  if (threadIdx.x != 0) return;
  const float largest = unordered(static_cast<uint32_t>(keys[0] >> 32)), scale = args.scale[row];
  float sum = 0;
  for (int64_t i = 0; i < scratch.segments; ++i) {
    const int64_t place = row * scratch.segments + i;
    // Of a segment of −∞, and of NaN, the sum is 0 or NaN already.
    const float maximum = scratch.maxima[place];
    sum += scratch.sums[place] * (maximum == -INFINITY ? 1.0f : expf((maximum - largest) * scale));
  }
  args.sum[row] = sum;
}

}  // namespace

int64_t largest_scratch_bytes(int64_t rows, int64_t columns, int64_t count) {
  return rows * segments_of(columns) *
         (count * static_cast<int64_t>(sizeof(uint64_t)) + 2 * static_cast<int64_t>(sizeof(float)));
}

void largest(cudaStream_t stream, const Largest& args) {
  if (args.rows == 0) return;
  with_float(args.type, [&](auto element) {
    using T = decltype(element);
    const dim3 grid(static_cast<unsigned>(segments_of(args.columns)),
                    static_cast<unsigned>(args.rows));
    launch_dependent(pick_segments<T>, grid, dim3(kThreads), 0, 1, stream, args);
    launch_dependent(merge_segments<T>, dim3(static_cast<unsigned>(args.rows)), dim3(kSortThreads),
                     0, 1, stream, args);
  });
}

}  // namespace lmos::cuda
