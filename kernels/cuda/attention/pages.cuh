// Rows of a paged cache.
#pragma once

#include "cuda/attention/paged_attention.h"
#include "cuda/fault.cuh"
#include "cuda/tensor_core.cuh"

namespace lmos::cuda {

// Whether sequence and position of the token are in range; reports if they are not.
__device__ inline bool token_in_range(const PagedAttention& args, int token) {
  return in_range(args.fault, FaultKind::sequence, args.sequence[token], args.sequences) &&
         in_range(args.fault, FaultKind::position, args.positions[token],
                  args.sequence_pages * args.page_tokens);
}

// Where the positions of one sequence, which is in range, lie.
struct PageRows {
  const int32_t* table;
  int32_t page_tokens;
  int64_t pages;
  Fault* fault;

  __device__ PageRows(const PagedAttention& args, int32_t sequence)
      : table(args.page_table + sequence * args.sequence_pages),
        page_tokens(static_cast<int32_t>(args.page_tokens)),
        pages(args.pages),
        fault(args.fault) {}

  // The row of a position, or −1, reported, if its page is out of range.
  __device__ int64_t operator[](int32_t position) const {
    const int32_t index = position / page_tokens, page = table[index];
    if (!in_range(fault, FaultKind::page, page, pages)) return -1;
    return static_cast<int64_t>(page) * page_tokens + (position - index * page_tokens);
  }
};

// −1 stays what it is.
__device__ inline int64_t row_offset(int64_t row, int64_t step) {
  return row < 0 ? -1 : row * step;
}

// Begins to fill tiles of keys and values, kRows each, from positions [first, end); what lies
// beyond becomes zero. Position `fresh` is read from new_key and new_value instead (−1: none is).
// `step`: elements from one row of a cache to the next one.
template <int kColumns, int kRows, int kThreads, class T>
__device__ inline void load_pages(uint32_t keys, uint32_t values, const T* key_cache,
                                  const T* value_cache, const PageRows& rows, int64_t step,
                                  int first, int end, int columns, int fresh, const T* new_key,
                                  const T* new_value) {
  constexpr int kChunks = kColumns / 8, kWarpRows = 32 / kChunks;
  constexpr int kIterations = kRows * kChunks / kThreads, kBlockRows = kThreads / kChunks;
  static_assert(kChunks <= 32 && kIterations * kWarpRows <= 32);
  constexpr int64_t kAbsent = -1, kFresh = -2;
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
  // Each lane looks one of the warp's rows up.
  int64_t looked_up = kAbsent;
  if (lane < kIterations * kWarpRows) {
    const int at = first + lane / kWarpRows * kBlockRows + warp * kWarpRows + lane % kWarpRows;
    if (at < end) looked_up = at == fresh ? kFresh : row_offset(rows[at], step);
  }
  const int chunk = lane % kChunks;
#pragma unroll
  for (int i = 0; i < kIterations; ++i) {
    const int64_t offset = __shfl_sync(0xffffffffu, looked_up, i * kWarpRows + lane / kChunks);
    const int row = i * kBlockRows + warp * kWarpRows + lane / kChunks;
    const bool is_fresh = offset == kFresh;
    const bool valid = (offset >= 0 || is_fresh) && chunk * 8 < columns;
    const int64_t from = valid ? (is_fresh ? 0 : offset) + chunk * 8 : 0;
    copy_async(keys + Tile<kColumns>::offset(row, chunk), (is_fresh ? new_key : key_cache) + from,
               valid);
    copy_async(values + Tile<kColumns>::offset(row, chunk),
               (is_fresh ? new_value : value_cache) + from, valid);
  }
}

}  // namespace lmos::cuda
