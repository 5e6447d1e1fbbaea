// One block of query rows against a run of keys: the core of the forward kernels.
#pragma once

#include "cpu/attention/block_sizes.h"
#include "cpu/simd/math.h"
#include "cpu/simd/micro_gemm.h"

namespace lmos::cpu::LMOS_ISA {

inline constexpr float kMasked = -__builtin_inff();

// A query row attends the keys [0, limit) whose segment is its own.
struct QueryRow {
  int64_t offset;  // of its head, in elements of q and y
  int64_t limit;
  int32_t segment;
};

// Keys and values of one head; element d of key j is data[j · step + d].
template <class T>
struct KeyRun {
  const T* keys;
  const T* values;
  int64_t step;
  const int32_t* segments;  // of key j, or null
};

// to[d · to_step + j] = from[j · from_step + d] for j < count, d < dim; zero for count ≤ j <
// columns.
template <class T>
inline void pack_transposed(const T* from, int64_t from_step, int64_t count, int64_t dim,
                            int64_t columns, float* to, int64_t to_step) {
  for (int64_t j = 0; j < count; ++j) {
    for (int64_t d = 0; d < dim; ++d)
      to[d * to_step + j] = lmos::cpu::to_f32(from[j * from_step + d]);
  }
  for (int64_t d = 0; d < dim; ++d) {
    for (int64_t j = count; j < columns; ++j) to[d * to_step + j] = 0;
  }
}

// to[j · padded + d] = from[j · from_step + d] · factor, zero for dim ≤ d < padded.
template <class T>
inline void pack_rows(const T* from, int64_t from_step, int64_t count, int64_t dim, int64_t padded,
                      float factor, float* to) {
  const F32 scale = F32::set(factor);
  for (int64_t j = 0; j < count; ++j) {
    for (int64_t d = dim; d < padded; ++d) to[j * padded + d] = 0;
    vectors(dim, [&](int64_t d, auto lanes) {
      store(to + j * padded + d, load(from + j * from_step + d, lanes) * scale, lanes);
    });
  }
}

// The running softmax of up to kQueryBlock rows. Its memory is forward_block_floats(dim).
struct ForwardBlock {
  int64_t dim, padded;
  float* queries;  // [rows, padded], scaled
  float* scores;   // [rows, kKeyBlock]
  float* keys;     // [dim, kKeyBlock], transposed
  float* values;   // [kKeyBlock, padded]
  float* output;   // [rows, padded], not normalised
  float* maximum;  // [rows]
  float* total;    // [rows]

  ForwardBlock(float* memory, int64_t head_dim)
      : dim(head_dim),
        padded(padded_dim(head_dim)),
        queries(memory),
        scores(queries + kQueryBlock * padded),
        keys(scores + kQueryBlock * kKeyBlock),
        values(keys + padded * kKeyBlock),
        output(values + kKeyBlock * padded),
        maximum(output + kQueryBlock * padded),
        total(maximum + kQueryBlock) {}

  template <class T>
  void begin(const T* q, const QueryRow* rows, int64_t count, float scale) {
    for (int64_t r = 0; r < count; ++r) {
      pack_rows(q + rows[r].offset, 0, 1, dim, padded, scale, queries + r * padded);
      maximum[r] = kMasked;
      total[r] = 0;
    }
    for (int64_t i = 0; i < count * padded; ++i) output[i] = 0;
  }

  // Adds keys [first, end) of the run.
  template <class T>
  void add(const QueryRow* rows, int64_t count, const KeyRun<T>& run, int64_t first, int64_t end) {
    for (int64_t key = first; key < end; key += kKeyBlock) {
      const int64_t keys_here = smaller(kKeyBlock, end - key);
      if (!visible(rows, count, run.segments, key, keys_here)) continue;
      const int64_t columns = round_up(keys_here, F32::kWidth);
      pack_transposed(run.keys + key * run.step, run.step, keys_here, dim, columns, keys,
                      kKeyBlock);
      pack_rows(run.values + key * run.step, run.step, keys_here, dim, padded, 1.f, values);
      gemm(count, columns, dim, {queries, padded, 1}, keys, kKeyBlock, scores, kKeyBlock, false);
      for (int64_t r = 0; r < count; ++r) {
        softmax_row(r, rows[r], run.segments, key, keys_here, columns);
      }
      gemm(count, padded, keys_here, {scores, kKeyBlock, 1}, values, padded, output, padded, true);
    }
  }

 private:
  // Whether any row may attend any of the keys, judged by the ranges of limits and segments.
  static bool visible(const QueryRow* rows, int64_t count, const int32_t* segments, int64_t key,
                      int64_t keys_here) {
    bool reached = false;
    int32_t row_low = INT32_MAX, row_high = INT32_MIN;
    for (int64_t r = 0; r < count; ++r) {
      reached = reached || rows[r].limit > key;
      if (rows[r].segment < row_low) row_low = rows[r].segment;
      if (rows[r].segment > row_high) row_high = rows[r].segment;
    }
    if (!reached || segments == nullptr) return reached;
    for (int64_t j = key; j < key + keys_here; ++j) {
      if (segments[j] >= row_low && segments[j] <= row_high) return true;
    }
    return false;
  }

  void softmax_row(int64_t r, const QueryRow& row, const int32_t* segments, int64_t key,
                   int64_t keys_here, int64_t columns) {
    float* score = scores + r * kKeyBlock;
    const int64_t open = larger(0, smaller(keys_here, row.limit - key));
    for (int64_t j = open; j < columns; ++j) score[j] = kMasked;
    if (segments != nullptr) {
      for (int64_t j = 0; j < open; ++j) {
        if (segments[key + j] != row.segment) score[j] = kMasked;
      }
    }
    F32 high = F32::set(maximum[r]);
    for (int64_t j = 0; j < columns; j += F32::kWidth) {
      high = lmos::cpu::LMOS_ISA::maximum(high, F32::load(score + j));
    }
    const float peak = largest(high);
    if (peak == kMasked) {
      for (int64_t j = 0; j < columns; ++j) score[j] = 0;
      return;
    }
    const F32 shift = F32::set(peak);
    F32 added = F32::zero();
    for (int64_t j = 0; j < columns; j += F32::kWidth) {
      const F32 weight = exp_nonpositive(F32::load(score + j) - shift);
      weight.store(score + j);
      added = added + weight;
    }
    if (peak != maximum[r]) {
      const F32 decay = exp_nonpositive(F32::set(maximum[r]) - shift);
      float* out = output + r * padded;
      for (int64_t d = 0; d < padded; d += F32::kWidth) (F32::load(out + d) * decay).store(out + d);
      float factor[F32::kWidth];
      decay.store(factor);
      total[r] *= factor[0];
      maximum[r] = peak;
    }
    total[r] += sum(added);
  }
};

}  // namespace lmos::cpu::LMOS_ISA
