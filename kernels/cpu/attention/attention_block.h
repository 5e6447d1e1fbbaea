// One block of query rows against a run of keys: the core of the forward kernels.
//
// Everything is transposed: scores are [keys, queries], so that a vector holds neighbouring
// queries. Keys are read where they lie, softmax needs no sum across a vector, and a single query
// (decoding) costs no rearrangement of the keys.
#pragma once

#include "cpu/attention/block_sizes.h"
#include "cpu/attention/dropout_factors.h"
#include "cpu/simd/math.h"
#include "cpu/simd/pack.h"

namespace lmos::cpu::LMOS_ISA {

inline constexpr float kMasked = -__builtin_inff();

// The lowest and highest of some segments.
struct Range {
  int32_t low, high;
};

inline Range range_of(const int32_t* segments, int64_t count) {
  Range range{segments[0], segments[0]};
  for (int64_t i = 1; i < count; ++i) {
    if (segments[i] < range.low) range.low = segments[i];
    if (segments[i] > range.high) range.high = segments[i];
  }
  return range;
}

// A query row attends the keys [0, limit) whose segment is its own.
struct QueryRow {
  int64_t offset;  // of its head, in elements of q and y
  int64_t limit;
  int32_t segment;
};

// Keys and values of one head; element d of key j ≥ first is keys[(j − first) · step + d].
template <class T>
struct KeyRun {
  const T* keys;
  const T* values;
  int64_t step;
  const int32_t* segments;  // [j − first] of key j, or null
  int64_t first = 0;
};

// The running softmax of up to kQueryBlock rows over keys of type T. Its memory is
// forward_block_floats(dim).
template <class T, class Product>
class ForwardBlock {
  using Element = typename Product::Element;

 public:
  ForwardBlock(float* memory, int64_t head_dim, float scale)
      : dim_(head_dim), scale_(scale * kLog2E) {
    const auto take = [&](int64_t floats) {
      float* area = memory;
      memory += floats;
      return area;
    };
    const int64_t matrix = padded(dim_) * kQueryBlock;
    queries_ = reinterpret_cast<Element*>(take(matrix));
    keys_ = reinterpret_cast<Element*>(take(matrix));
    values_ = reinterpret_cast<Element*>(take(matrix));
    output_ = take(matrix);
    scores_ = take(kKeyBlock * kQueryBlock);
    weights_ = reinterpret_cast<Element*>(take(kKeyBlock * kQueryBlock));
    limits_ = reinterpret_cast<int32_t*>(take(kQueryBlock));
    segments_ = reinterpret_cast<int32_t*>(take(kQueryBlock));
    maximum_ = take(kQueryBlock);
    total_ = take(kQueryBlock);
    factor_ = take(kQueryBlock);
    kept_ = take(kKeyBlock * kQueryBlock);
  }

  // Drops probabilities of the rows that begin() gives next, which are neighbouring queries; the
  // first of them against key 0 is element `first`.
  void drop(const AttentionDropout& dropout, int64_t first, int64_t sequence) {
    dropout_ = dropout;
    dropout_first_ = first;
    dropout_sequence_ = sequence;
  }

  void begin(const T* q, const QueryRow* rows, int64_t count) {
    count_ = count;
    columns_ = round_up(count, F32::kWidth);
    least_limit_ = INT32_MAX, most_limit_ = 0;
    for (int64_t r = 0; r < columns_; ++r) {
      const QueryRow& row = rows[smaller(r, count - 1)];  // what is beyond repeats the last
      limits_[r] = static_cast<int32_t>(row.limit);
      segments_[r] = row.segment;
      maximum_[r] = kMasked;
      total_[r] = 0;
      least_limit_ = smaller(least_limit_, row.limit);
      most_limit_ = larger(most_limit_, row.limit);
    }
    range_ = range_of(segments_, columns_);
    pack_right_transposed<Product>([&](int64_t r) { return q + rows[r].offset; }, count, dim_,
                                   columns_, queries_);
    for (int64_t i = 0; i < dim_ * columns_; ++i) output_[i] = 0;
  }

  // Adds keys [first, end) of the run, up to the rows' limits: what lies beyond is never read.
  void add(const KeyRun<T>& run, int64_t first, int64_t end) {
    end = smaller(end, most_limit_);
    for (int64_t key = first; key < end; key += kKeyBlock) {
      const int64_t count = smaller(kKeyBlock, end - key);
      const int32_t* segments =
          run.segments == nullptr ? nullptr : run.segments + (key - run.first);
      if (segments != nullptr) {
        const Range keys = range_of(segments, count);
        if (keys.high < range_.low || keys.low > range_.high) continue;
        if (keys.low == keys.high && range_.low == range_.high) segments = nullptr;  // one for all
      }
      if (dropout_.state != nullptr) {
        dropout_factors(dropout_, dropout_first_ + key, dropout_sequence_, count_, columns_, count,
                        kept_);
      }
      const int64_t at = (key - run.first) * run.step;
      pack_rows<Product>(run.keys + at, run.step, count, dim_, keys_, padded(dim_));
      pack_right<Product>(run.values + at, run.step, count, dim_, width(), values_);
      if (key + count < end) {
        const int64_t next = at + count * run.step, rows = smaller(kKeyBlock, end - key - count);
        prefetch_rows(run.keys + next, run.step, rows, dim_);
        prefetch_rows(run.values + next, run.step, rows, dim_);
      }
      if (segments == nullptr && key + count <= least_limit_) {
        attend(0, columns_, count, [](int64_t) {});
        continue;
      }
      // Each vector of queries meets only the keys below its highest limit.
      for (int64_t c = 0; c < columns_; c += F32::kWidth) {
        const int64_t visible = range_of(limits_ + c, F32::kWidth).high - key;
        if (visible <= 0) continue;
        attend(c, F32::kWidth, smaller(count, visible),
               [&](int64_t j) { mask(segments, key, j, c); });
      }
    }
  }

  // row(r): where the normalised output of row r goes.
  template <class Row>
  void write(const Row& row) {
    for (int64_t r = 0; r < columns_; ++r) factor_[r] = 1.f / total_[r];
    unpack_transposed(output_, columns_, count_, dim_, factor_, row);
  }
  // As it is before normalisation: Σ 2^(score − maximum) · value, with Σ 2^(score − maximum) =
  // total. Scores are in base 2.
  template <class Row>
  void write_partial(const Row& row) const {
    unpack_transposed(output_, columns_, count_, dim_, nullptr, row);
  }
  float maximum(int64_t r) const { return maximum_[r]; }
  float total(int64_t r) const { return total_[r]; }
  // Of all rows: the end of the keys that any attends.
  int64_t limit() const { return most_limit_; }

 private:
  int64_t width() const { return round_up(dim_, F32::kWidth); }

  // Queries [first, first + columns) of the block against `count` keys, whose scores pass through
  // mask(j).
  template <class Masking>
  void attend(int64_t first, int64_t columns, int64_t count, const Masking& masking) {
    constexpr int kGroup = Product::kGroup;
    const int64_t step = columns_ * kGroup;
    gemm<Product>(count, columns, dim_, {keys_, padded(dim_), kGroup}, queries_ + first * kGroup,
                  step, scores_ + first, columns_, false);
    for (int64_t j = 0; j < count; ++j) masking(j);
    for (int64_t c = first; c < first + columns; c += F32::kWidth) softmax(c, count);
    gemm<Product>(dim_, columns, round_up(count, kGroup), {values_, kGroup, width() * kGroup},
                  weights_ + first * kGroup, step, output_ + first, columns_, true);
  }

  // Hides key + j from the queries at c … that may not attend it. segments: of the keys from `key`
  // on, or null if they are all the rows' own.
  void mask(const int32_t* segments, int64_t key, int64_t j, int64_t c) {
    const F32 masked = F32::set(kMasked);
    float* score = scores_ + j * columns_ + c;
    const I32 position = set_i32(static_cast<int32_t>(key + j));
    F32 value = select(less(position, load_i32(limits_ + c)), F32::load(score), masked);
    if (segments != nullptr) {
      value = select(equal(set_i32(segments[j]), load_i32(segments_ + c)), value, masked);
    }
    value.store(score);
  }

  // Scores of the queries at c … with `count` keys to weights 2^(scale · score − maximum); their
  // output so far is brought to the new maximum.
  void softmax(int64_t c, int64_t count) {
    const F32 scale = F32::set(scale_), masked = F32::set(kMasked);
    const F32 before = F32::load(maximum_ + c);
    F32 peak = before;
    for (int64_t j = 0; j < count; ++j) {
      float* score = scores_ + j * columns_ + c;
      const F32 scaled = F32::load(score) * scale;
      // A masked score times a negative or zero scale is no longer −∞.
      const F32 value =
          scale_ > 0 ? scaled : select(equal(F32::load(score), masked), masked, scaled);
      value.store(score);
      peak = lmos::cpu::LMOS_ISA::maximum(peak, value);
    }
    // Where everything is masked so far, weights are 2^(−∞ − 0) = 0.
    const F32 shift = select(equal(peak, masked), F32::zero(), peak);
    F32 added = F32::zero();
    for (int64_t j = 0; j < count; j += 2) {
      const float* score = scores_ + j * columns_ + c;
      F32 even = exp2_nonpositive(F32::load(score) - shift);
      F32 odd = j + 1 < count ? exp2_nonpositive(F32::load(score + columns_) - shift) : F32::zero();
      added = added + (even + odd);
      if (dropout_.state != nullptr) {
        const float* kept = kept_ + j * columns_ + c;
        even = even * F32::load(kept);
        if (j + 1 < count) odd = odd * F32::load(kept + columns_);
      }
      Product::store_rows(weights_ + j * columns_ + c * Product::kGroup, columns_, even, odd);
    }
    F32 sum_before = F32::load(total_ + c);
    if (any(less(before, peak))) {
      const F32 decay = exp2_nonpositive(before - shift);
      sum_before = sum_before * decay;
      for (int64_t d = 0; d < dim_; ++d) {
        float* out = output_ + d * columns_ + c;
        (F32::load(out) * decay).store(out);
      }
      peak.store(maximum_ + c);
    }
    (sum_before + added).store(total_ + c);
  }

  int64_t dim_;
  float scale_;  // of scores in base 2
  int64_t count_ = 0, columns_ = 0, least_limit_ = 0, most_limit_ = 0;
  Range range_{};     // of the rows' segments
  Element* queries_;  // [dim / group, columns, group]
  Element* keys_;     // [kKeyBlock, padded(dim)]
  Element* values_;   // [kKeyBlock / group, dim, group]
  float* output_;     // [dim, columns]
  float* scores_;     // [kKeyBlock, columns]
  Element* weights_;  // [kKeyBlock / group, columns, group]
  int32_t *limits_, *segments_;
  float *maximum_, *total_, *factor_;
  float* kept_;  // [kKeyBlock, columns], if anything is dropped
  AttentionDropout dropout_;
  int64_t dropout_first_ = 0, dropout_sequence_ = 0;
};

// body(Type<T>, Type<Product>) for tensors of `type` with that head_dim.
template <class Body>
void with_product(Float type, int64_t dim, const Body& body) {
  with_type(type, [&]<class T>(Type<T>) {
    using Even = typename ProductFor<T>::even;
    if constexpr (Even::kGroup == 1) {
      body(Type<T>{}, Type<F32Product>{});
    } else if (dim % Even::kGroup == 0) {
      body(Type<T>{}, Type<Even>{});
    } else {
      body(Type<T>{}, Type<F32Product>{});
    }
  });
}

}  // namespace lmos::cpu::LMOS_ISA
