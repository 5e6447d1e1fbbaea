#include "cuda/rows/rows.h"

#include <bit>
#include <cub/device/device_radix_sort.cuh>

#include "cuda/element.cuh"
#include "cuda/fault.cuh"

namespace lmos::cuda {
namespace {

constexpr int kThreads = 256;

template <class Element>
__global__ void __launch_bounds__(kThreads) gather_kernel(GatherRows args) {
  const int64_t width = args.row_bytes / static_cast<int64_t>(sizeof(Element));
  const int64_t token = blockIdx.x;
  const int32_t row = args.index[token];
  const bool known = in_range(args.fault, FaultKind::row, row, args.rows);
  const Element* from = static_cast<const Element*>(args.x) + (known ? row : 0) * width;
  Element* to = static_cast<Element*>(args.y) + token * width;
  for (int64_t i = threadIdx.x; i < width; i += blockDim.x) to[i] = known ? from[i] : Element{};
}

// Tokens out of range go behind all rows.
__global__ void __launch_bounds__(kThreads)
    number_tokens(ScatterAddRows args, int32_t* keys, int32_t* tokens) {
  const int64_t t = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (t >= args.tokens) return;
  const int32_t row = args.index[t];
  keys[t] =
      in_range(args.fault, FaultKind::row, row, args.rows) ? row : static_cast<int32_t>(args.rows);
  tokens[t] = static_cast<int32_t>(t);
}

// The first of a run of equal keys sums the whole run.
template <class T>
__global__ void __launch_bounds__(kThreads)
    sum_runs(ScatterAddRows args, const int32_t* keys, const int32_t* tokens) {
  const int64_t first = blockIdx.x;
  const int32_t row = keys[first];
  if (row >= args.rows || (first > 0 && keys[first - 1] == row)) return;
  int64_t end = first + 1;
  while (end < args.tokens && keys[end] == row) ++end;
  const T* dy = static_cast<const T*>(args.dy);
  const FloatTarget y{args.y, args.result_type};
  for (int64_t i = threadIdx.x; i < args.width; i += blockDim.x) {
    float sum = 0;
#pragma unroll 4
    for (int64_t n = first; n < end; ++n)
      sum += widen(dy[static_cast<int64_t>(tokens[n]) * args.width + i]);
    y.set(row * args.width + i, sum);
  }
}

int key_bits(int64_t rows) { return std::bit_width(static_cast<uint64_t>(rows)); }

size_t sort_bytes(int64_t rows, int64_t tokens) {
  size_t bytes = 0;
  const int32_t* none = nullptr;
  cub::DeviceRadixSort::SortPairs(nullptr, bytes, none, static_cast<int32_t*>(nullptr), none,
                                  static_cast<int32_t*>(nullptr), static_cast<int32_t>(tokens), 0,
                                  key_bits(rows));
  return bytes;
}

// Bytes of one array of the scratch.
int64_t array_bytes(int64_t tokens) { return ceil_div(tokens * 4, 256) * 256; }

unsigned threads_for(int64_t work) {
  return static_cast<unsigned>(work >= kThreads ? kThreads : ceil_div(work, 32) * 32);
}

}  // namespace

void gather_rows(cudaStream_t stream, const GatherRows& args) {
  if (args.tokens == 0 || args.row_bytes == 0) return;
  const auto run = [&](auto element) {
    using Element = decltype(element);
    gather_kernel<Element>
        <<<static_cast<unsigned>(args.tokens),
           threads_for(args.row_bytes / static_cast<int64_t>(sizeof(Element))), 0, stream>>>(args);
  };
  if (args.row_bytes % 16 == 0) return run(uint4{});
  if (args.row_bytes % 4 == 0) return run(uint32_t{});
  run(uint16_t{});
}

int64_t scatter_add_scratch_bytes(int64_t rows, int64_t tokens) {
  return 4 * array_bytes(tokens) + static_cast<int64_t>(sort_bytes(rows, tokens));
}

void scatter_add_rows(cudaStream_t stream, const ScatterAddRows& args) {
  const int64_t y_bytes = args.rows * args.width * bytes_of(args.result_type);
  cudaMemsetAsync(args.y, 0, static_cast<size_t>(y_bytes), stream);
  if (args.tokens == 0 || args.width == 0) return;
  auto* memory = static_cast<char*>(args.scratch);
  int32_t* arrays[4];  // keys and tokens, before and after sorting
  for (int32_t*& array : arrays) {
    array = reinterpret_cast<int32_t*>(memory);
    memory += array_bytes(args.tokens);
  }
  number_tokens<<<static_cast<unsigned>(ceil_div(args.tokens, kThreads)), kThreads, 0, stream>>>(
      args, arrays[0], arrays[1]);
  size_t bytes = sort_bytes(args.rows, args.tokens);
  // Stable: equal keys stay in order of t.
  cub::DeviceRadixSort::SortPairs(memory, bytes, arrays[0], arrays[2], arrays[1], arrays[3],
                                  static_cast<int32_t>(args.tokens), 0, key_bits(args.rows),
                                  stream);
  with_float(args.type, [&](auto element) {
    sum_runs<decltype(element)>
        <<<static_cast<unsigned>(args.tokens), threads_for(args.width), 0, stream>>>(
            args, arrays[2], arrays[3]);
  });
}

}  // namespace lmos::cuda
