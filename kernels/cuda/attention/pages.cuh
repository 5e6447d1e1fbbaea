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

// Begins to fill tiles of keys and values, kRows each, from positions [first, end). kThreads /
// kRows neighbouring threads share a row. `step`: elements from one row of a cache to the next one.
template <int kColumns, int kRows, int kThreads, class T>
__device__ inline void load_pages(uint32_t keys, uint32_t values, const T* key_cache,
                                  const T* value_cache, const PageRows& rows, int64_t step,
                                  int first, int end, int columns) {
  constexpr int kShare = kThreads / kRows;
  static_assert(kShare * kRows == kThreads && kColumns / 8 % kShare == 0);
  const int row = static_cast<int>(threadIdx.x) / kShare;
  const int64_t at = first + row < end ? rows[first + row] : -1;
  const int64_t offset = at < 0 ? 0 : at * step;
#pragma unroll
  for (int i = 0; i < kColumns / 8 / kShare; ++i) {
    const int chunk = i * kShare + static_cast<int>(threadIdx.x) % kShare;
    const bool valid = at >= 0 && chunk * 8 < columns;
    const int64_t from = valid ? offset + chunk * 8 : 0;
    copy_async(keys + Tile<kColumns>::offset(row, chunk), key_cache + from, valid);
    copy_async(values + Tile<kColumns>::offset(row, chunk), value_cache + from, valid);
  }
}

}  // namespace lmos::cuda
