#include "cuda/reduce/reduce.h"

#include <algorithm>
#include <limits>

#include "cuda/element.cuh"

namespace lmos::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kLanes = 32, kRowLanes = kThreads / kLanes;  // of a block that reads columns
// Enough blocks to fill an H100 several times over.
constexpr int64_t kBlocks = 1056;
// Of the reduced elements, those that a block, or a thread of one, should have at least.
constexpr int64_t kRowPiece = 2048, kColumnPiece = 32;

template <class T>
__device__ math_t<T> lowest() {
  using Limits = std::numeric_limits<math_t<T>>;
  return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
}

template <class T>
__device__ math_t<T> combine(bool maximum, math_t<T> a, math_t<T> b) {
  if (maximum) return a < b ? b : a;
  if constexpr (std::is_integral_v<T>) {
    using Unsigned = std::make_unsigned_t<T>;  // integers wrap around
    return static_cast<T>(static_cast<Unsigned>(a) + static_cast<Unsigned>(b));
  } else {
    return a + b;
  }
}

__device__ int64_t offset_of(int64_t index, int32_t rank, const int64_t* dims,
                             const int64_t* steps) {
  int64_t offset = 0;
  for (int32_t d = rank - 1; d >= 0; --d) {
    offset += index % dims[d] * steps[d];
    index /= dims[d];
  }
  return offset;
}

// The reduced axes are the inner ones, contiguous.
bool reduces_rows(const Reduce& args) {
  return args.reduced_rank == 1 && args.reduced_steps[0] == 1 && args.kept < INT32_MAX;
}

// Columns that a thread reads at once, 16 bytes, where rows follow one another; otherwise 1.
int64_t columns_together(const Reduce& args) {
  const int64_t width = 16 / bytes_of(args.type);
  const bool matrix = args.kept_rank == 1 && args.kept_steps[0] == 1 && args.reduced_rank == 1;
  const bool aligned = args.kept % width == 0 && args.reduced_steps[0] % width == 0;
  return matrix && aligned && bytes_of(args.type) <= 4 ? width : 1;
}

int64_t pieces_of(const Reduce& args) {
  const bool rows = reduces_rows(args);
  const int64_t width = columns_together(args);
  const int64_t columns = width == 1 ? kThreads : kLanes * width;  // of a block
  const int64_t blocks = rows ? args.kept : ceil_div(args.kept, columns);
  const int64_t piece = rows ? kRowPiece : width == 1 ? kColumnPiece : kColumnPiece * kRowLanes;
  const int64_t most = ceil_div(args.reduced, piece);
  return std::clamp<int64_t>(ceil_div(kBlocks, std::max<int64_t>(1, blocks)), 1,
                             std::max<int64_t>(1, most));
}

// A block for each piece of a row.
template <class T>
__global__ void __launch_bounds__(kThreads)
    reduce_rows(Reduce args, int64_t piece, const T* x, math_t<T>* partial) {
  __shared__ math_t<T> shared[33];
  const int64_t row = blockIdx.x, begin = blockIdx.y * piece;
  const int64_t end = min(args.reduced, begin + piece);
  const T* from = x + offset_of(row, args.kept_rank, args.kept_dims, args.kept_steps);
  math_t<T> result = args.maximum ? lowest<T>() : math_t<T>{};
  for (int64_t i = begin + threadIdx.x; i < end; i += kThreads)
    result = combine<T>(args.maximum, result, widen(from[i]));
  result =
      reduce_block(result, shared, [&](auto a, auto b) { return combine<T>(args.maximum, a, b); });
  if (threadIdx.x == 0) partial[blockIdx.y * args.kept + row] = result;
}

// The general case: a thread for each result and piece; neighbouring threads have neighbouring
// results.
template <class T>
__global__ void __launch_bounds__(kThreads)
    reduce_columns(Reduce args, int64_t piece, const T* x, math_t<T>* partial) {
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (column >= args.kept) return;
  const int64_t begin = blockIdx.y * piece, end = min(args.reduced, begin + piece);
  const T* from = x + offset_of(column, args.kept_rank, args.kept_dims, args.kept_steps);
  math_t<T> result = args.maximum ? lowest<T>() : math_t<T>{};
  if (args.reduced_rank == 1) {
#pragma unroll 8
    for (int64_t i = begin; i < end; ++i)
      result = combine<T>(args.maximum, result, widen(from[i * args.reduced_steps[0]]));
  } else {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t place = offset_of(i, args.reduced_rank, args.reduced_dims, args.reduced_steps);
      result = combine<T>(args.maximum, result, widen(from[place]));
    }
  }
  partial[blockIdx.y * args.kept + column] = result;
}

// Columns of a matrix: a thread takes kWidth of them and every kRowLanes-th row of a piece; a warp
// reads neighbouring columns.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads)
    reduce_wide_columns(Reduce args, int64_t piece, const T* x, math_t<T>* partial) {
  __shared__ math_t<T> shared[kRowLanes][kLanes * kWidth + 1];
  const int lane = threadIdx.x % kLanes, row_lane = threadIdx.x / kLanes;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kLanes * kWidth;
  const int64_t column = first + lane * kWidth;
  const int64_t begin = blockIdx.y * piece, end = min(args.reduced, begin + piece);
  math_t<T> results[kWidth];
#pragma unroll
  for (int k = 0; k < kWidth; ++k) results[k] = args.maximum ? lowest<T>() : math_t<T>{};
  if (column < args.kept) {
#pragma unroll 4
    for (int64_t i = begin + row_lane; i < end; i += kRowLanes) {
      const auto pack =
          *reinterpret_cast<const Pack<T, kWidth>*>(x + i * args.reduced_steps[0] + column);
#pragma unroll
      for (int k = 0; k < kWidth; ++k)
        results[k] = combine<T>(args.maximum, results[k], widen(pack.at[k]));
    }
  }
#pragma unroll
  for (int k = 0; k < kWidth; ++k) shared[row_lane][lane * kWidth + k] = results[k];
  __syncthreads();
  const int own = static_cast<int>(threadIdx.x);
  if (own >= kLanes * kWidth || first + own >= args.kept) return;
  math_t<T> result = shared[0][own];
#pragma unroll
  for (int i = 1; i < kRowLanes; ++i) result = combine<T>(args.maximum, result, shared[i][own]);
  partial[blockIdx.y * args.kept + first + own] = result;
}

// A result a warp: its lanes take the pieces in turn.
template <class T, class Y>
__global__ void __launch_bounds__(kThreads)
    combine_pieces(Reduce args, int64_t pieces, const math_t<T>* partial, Y* y) {
  const int64_t i = (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) / 32;
  if (i >= args.kept) return;
  math_t<T> result = args.maximum ? lowest<T>() : math_t<T>{};
  for (int64_t piece = threadIdx.x % 32; piece < pieces; piece += 32)
    result = combine<T>(args.maximum, result, partial[piece * args.kept + i]);
  result = reduce_warp(result, [&](auto a, auto b) { return combine<T>(args.maximum, a, b); });
  if (threadIdx.x % 32 == 0) y[i] = narrow<Y>(result);
}

}  // namespace

int64_t reduce_scratch_bytes(const Reduce& args) {
  return pieces_of(args) * args.kept * std::max<int64_t>(4, bytes_of(args.type));
}

void reduce(cudaStream_t stream, const Reduce& args, const void* x, void* y, void* scratch) {
  if (args.kept == 0) return;
  with_number(args.type, [&](auto element) {
    using T = decltype(element);
    auto* partial = static_cast<math_t<T>*>(scratch);
    const int64_t pieces = pieces_of(args), piece = ceil_div(args.reduced, pieces);
    const auto columns = static_cast<unsigned>(ceil_div(args.kept, kThreads));
    if (reduces_rows(args)) {
      const dim3 grid(static_cast<unsigned>(args.kept), static_cast<unsigned>(pieces));
      reduce_rows<<<grid, kThreads, 0, stream>>>(args, piece, static_cast<const T*>(x), partial);
    } else if (const int64_t width = columns_together(args); width > 1) {
      const dim3 grid(static_cast<unsigned>(ceil_div(args.kept, kLanes * width)),
                      static_cast<unsigned>(pieces));
      if constexpr (sizeof(T) <= 4) {
        reduce_wide_columns<T, 16 / sizeof(T)>
            <<<grid, kThreads, 0, stream>>>(args, piece, static_cast<const T*>(x), partial);
      }
    } else {
      const dim3 grid(columns, static_cast<unsigned>(pieces));
      reduce_columns<<<grid, kThreads, 0, stream>>>(args, piece, static_cast<const T*>(x), partial);
    }
    const auto combine = [&](auto result) {
      using Y = decltype(result);
      combine_pieces<T, Y>
          <<<static_cast<unsigned>(ceil_div(args.kept * 32, kThreads)), kThreads, 0, stream>>>(
              args, pieces, partial, static_cast<Y*>(y));
    };
    if (args.result_type == args.type) {
      combine(T{});
    } else if constexpr (std::is_same_v<math_t<T>, float>) {
      if (args.result_type == Scalar::f32) return combine(float{});
      args.result_type == Scalar::bf16 ? combine(bf16{}) : combine(f16{});
    }
  });
}

}  // namespace lmos::cuda
