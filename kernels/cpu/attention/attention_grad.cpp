#include "cpu/attention/attention_block.h"
#include "cpu/attention/kernels.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

alignas(64) constexpr int32_t kLanes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

// One key head of one sequence. The scores of each block are computed anew from lse, so nothing of
// size sequence² is kept. As in attention_block.h, matrices of scores are [keys, queries].
template <class T, class Product>
class GradientTask {
  using Element = typename Product::Element;
  static constexpr int kGroup = Product::kGroup;

 public:
  GradientTask(const AttentionGrad& args, float* memory)
      : args_(args), dim_(args.shape.dim), width_(padded(dim_)), sequence_(args.sequence) {
    const auto take = [&](int64_t floats) {
      float* area = memory;
      memory += floats;
      return area;
    };
    rows_ = round_up(sequence_, kQueryBlock);
    dk_ = take(rows_ * width_);
    dv_ = take(rows_ * width_);
    dq_ = take(rows_ * width_);
    const auto take_elements = [&](int64_t count) {
      return reinterpret_cast<Element*>(take(count));
    };
    q_ = take_elements(rows_ * width_);
    dy_ = take_elements(rows_ * width_);
    q_transposed_ = take_elements(rows_ * width_);
    dy_transposed_ = take_elements(rows_ * width_);
    lse_ = take(rows_);
    delta_ = take(rows_);
    segments_ = reinterpret_cast<int32_t*>(take(rows_));
    keys_ = take_elements(kKeyBlock * width_);
    values_ = take_elements(kKeyBlock * width_);
    packed_keys_ = take_elements(kKeyBlock * width_);
    scores_ = take(kQueryBlock * kKeyBlock);
    slopes_ = take(kQueryBlock * kKeyBlock);
    weights_ = take_elements(kQueryBlock * kKeyBlock);
    score_grads_ = take_elements(kQueryBlock * kKeyBlock);
    packed_grads_ = take_elements(kQueryBlock * kKeyBlock);
    kept_ = take(kQueryBlock * kKeyBlock);
  }

  void run(int64_t sequence, int64_t kv_head) {
    start_ = sequence * sequence_;
    kv_head_ = kv_head;
    for (int64_t t = 0; t < rows_ && args_.segments != nullptr; ++t) {
      segments_[t] = args_.segments[start_ + smaller(t, sequence_ - 1)];
    }
    const int64_t group = args_.shape.heads / args_.shape.kv_heads;
    for (int64_t i = 0; i < sequence_ * width_; ++i) dk_[i] = dv_[i] = 0;
    for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      load_head(head);
      dropout_first_ = (sequence * args_.shape.heads + head) * sequence_ * sequence_;
      for (int64_t key = 0; key < sequence_; key += kKeyBlock) {
        const int64_t count = smaller(kKeyBlock, sequence_ - key);
        load_keys(key, count);
        for (int64_t row = args_.causal ? key : 0; row < sequence_; row += kQueryBlock) {
          block(row, smaller(kQueryBlock, sequence_ - row), key, count);
        }
      }
      write_queries(head);
    }
    write_keys(dk_, static_cast<T*>(args_.dk));
    write_keys(dv_, static_cast<T*>(args_.dv));
  }

 private:
  static_assert(kQueryBlock == kKeyBlock);

  void load_head(int64_t head) {
    const int64_t step = args_.shape.heads * dim_;
    const int64_t offset = start_ * step + head * dim_;
    const T* q = static_cast<const T*>(args_.q) + offset;
    const T* y = static_cast<const T*>(args_.y) + offset;
    const T* dy = static_cast<const T*>(args_.dy) + offset;
    for (int64_t row = 0; row < sequence_; row += kQueryBlock) {
      const int64_t count = smaller(kQueryBlock, sequence_ - row);
      const int64_t columns = round_up(count, F32::kWidth);
      const auto load = [&](const T* from, Element* as_rows, Element* transposed) {
        pack_right<Product>(from + row * step, step, count, dim_, width_, as_rows + row * width_);
        pack_right_transposed<Product>([&](int64_t r) { return from + (row + r) * step; }, count,
                                       dim_, columns, transposed + row * width_);
      };
      load(q, q_, q_transposed_);
      load(dy, dy_, dy_transposed_);
    }
    for (int64_t t = 0; t < sequence_; ++t) {
      F32 dot = F32::zero();
      vectors(dim_, [&](int64_t d, auto lanes) {
        dot = fma(lmos::cpu::LMOS_ISA::load(dy + t * step + d, lanes),
                  lmos::cpu::LMOS_ISA::load(y + t * step + d, lanes), dot);
      });
      delta_[t] = sum(dot);
      lse_[t] = args_.lse[(start_ + t) * args_.shape.heads + head] * kLog2E;
    }
    // Queries beyond the sequence weigh nothing.
    for (int64_t t = sequence_; t < rows_; ++t) {
      lse_[t] = __builtin_inff();
      delta_[t] = 0;
    }
    for (int64_t i = 0; i < rows_ * width_; ++i) dq_[i] = 0;
  }

  void load_keys(int64_t key, int64_t count) {
    const int64_t step = args_.shape.kv_heads * dim_;
    const int64_t offset = (start_ + key) * step + kv_head_ * dim_;
    const T* k = static_cast<const T*>(args_.k) + offset;
    const T* v = static_cast<const T*>(args_.v) + offset;
    pack_right<Product>(k, step, count, dim_, width_, packed_keys_);
    pack_rows<Product>(k, step, count, dim_, keys_, width_);
    pack_rows<Product>(v, step, count, dim_, values_, width_);
  }

  void block(int64_t row, int64_t rows, int64_t key, int64_t count) {
    const int64_t columns = round_up(rows, F32::kWidth);
    bool segmented = false;
    if (args_.segments != nullptr) {
      const Range queries = range_of(segments_ + row, rows);
      const Range keys = range_of(segments_ + key, count);
      if (keys.high < queries.low || keys.low > queries.high) return;
      segmented = keys.low != queries.high || keys.high != queries.low;
    }
    if (args_.dropout.state != nullptr) {
      dropout_factors(args_.dropout, dropout_first_ + row * sequence_ + key, sequence_, rows,
                      columns, count, kept_);
    }
    if (!args_.causal || row >= key + count) {
      to_scores(row, columns, key, 0, columns, count, segmented, false);
      to_keys(row, columns, rows, key, 0, count, 0);
      to_queries(row, columns, 0, columns, count);
      return;
    }
    // On the diagonal each vector of queries meets only the keys up to its last, and each of keys
    // only the queries from its first on.
    for (int64_t c = 0; c < columns; c += F32::kWidth) {
      const int64_t visible = smaller(count, c + F32::kWidth);
      to_scores(row, columns, key, c, F32::kWidth, visible, segmented, true);
      to_queries(row, columns, c, F32::kWidth, visible);
    }
    for (int64_t j = 0; j < count; j += F32::kWidth) {
      to_keys(row, columns, rows, key, j, smaller(F32::kWidth, count - j), j);
    }
  }

  // Probabilities and their gradients for queries row + [c, c + width) of a block of `columns`, and
  // the first `count` keys.
  void to_scores(int64_t row, int64_t columns, int64_t key, int64_t c, int64_t width, int64_t count,
                 bool segmented, bool diagonal) {
    const int64_t step = columns * kGroup;
    gemm<Product>(count, width, dim_, {keys_, width_, kGroup},
                  q_transposed_ + row * width_ + c * kGroup, step, scores_ + c, columns, false);
    gemm<Product>(count, width, dim_, {values_, width_, kGroup},
                  dy_transposed_ + row * width_ + c * kGroup, step, slopes_ + c, columns, false);
    for (int64_t i = c; i < c + width; i += F32::kWidth) {
      for (int64_t j = 0; j < count; j += 2) {
        F32 grads[2] = {F32::zero(), F32::zero()};
        for (int64_t k = 0; k < 2 && j + k < count; ++k) {
          const int64_t at = (j + k) * columns + i;
          F32 weight = probability(at, row + i);
          if (segmented || diagonal) weight = visible(weight, row + i, key + j + k, diagonal);
          F32 slope = F32::load(slopes_ + at), kept = weight;
          if (args_.dropout.state != nullptr) {
            const F32 factor = F32::load(kept_ + at);
            slope = slope * factor;
            kept = kept * factor;
          }
          grads[k] = weight * (slope - F32::load(delta_ + row + i)) * F32::set(args_.shape.scale);
          kept.store(weights_ + at);
          grads[k].store(score_grads_ + at);
        }
        if (kGroup == 2) {
          Product::store_rows(packed_grads_ + j * columns + i * kGroup, columns, grads[0],
                              grads[1]);
        }
      }
    }
  }

  // lse bounds the scores up to rounding, which the minimum absorbs.
  F32 probability(int64_t at, int64_t query) const {
    const F32 score = F32::load(scores_ + at) * F32::set(args_.shape.scale * kLog2E);
    return exp2_nonpositive(minimum(F32::zero(), score - F32::load(lse_ + query)));
  }

  // The weights of queries `query` … that may attend the key; 0 for the others.
  F32 visible(F32 weight, int64_t query, int64_t key, bool diagonal) const {
    if (diagonal) {
      const I32 position = load_i32(kLanes) + set_i32(static_cast<int32_t>(query));
      weight = select(less(position, set_i32(static_cast<int32_t>(key))), F32::zero(), weight);
    }
    if (args_.segments == nullptr) return weight;
    return select(equal(load_i32(segments_ + query), set_i32(segments_[key])), weight, F32::zero());
  }

  // dv and dk of keys key + [j, j + count) from queries row + [first, rows).
  void to_keys(int64_t row, int64_t columns, int64_t rows, int64_t key, int64_t j, int64_t count,
               int64_t first) {
    const int64_t depth = round_up(rows, kGroup) - first, at = j * columns + first;
    const int64_t queries = (row + first) * width_, step = width_ * kGroup;
    if (depth <= 0) return;
    gemm<Product>(count, width_, depth, {weights_ + at, columns, kGroup}, dy_ + queries, step,
                  dv_ + (key + j) * width_, width_, true);
    gemm<Product>(count, width_, depth, {score_grads_ + at, columns, kGroup}, q_ + queries, step,
                  dk_ + (key + j) * width_, width_, true);
  }

  // dq of queries row + [c, c + width) from the first `count` keys.
  void to_queries(int64_t row, int64_t columns, int64_t c, int64_t width, int64_t count) {
    const Element* grads = kGroup == 1 ? score_grads_ : packed_grads_;
    gemm<Product>(dim_, width, round_up(count, kGroup), {packed_keys_, kGroup, width_ * kGroup},
                  grads + c * kGroup, columns * kGroup, dq_ + row * width_ + c, columns, true);
  }

  void write_queries(int64_t head) {
    T* dq = static_cast<T*>(args_.dq);
    for (int64_t row = 0; row < sequence_; row += kQueryBlock) {
      const int64_t count = smaller(kQueryBlock, sequence_ - row);
      unpack_transposed(
          dq_ + row * width_, round_up(count, F32::kWidth), count, dim_, nullptr,
          [&](int64_t r) { return dq + ((start_ + row + r) * args_.shape.heads + head) * dim_; });
    }
  }

  void write_keys(const float* from, T* to) const {
    for (int64_t t = 0; t < sequence_; ++t) {
      T* row = to + ((start_ + t) * args_.shape.kv_heads + kv_head_) * dim_;
      vectors(dim_, [&](int64_t d, auto lanes) {
        store(row + d, lmos::cpu::LMOS_ISA::load(from + t * width_ + d, lanes), lanes);
      });
    }
  }

  const AttentionGrad& args_;
  int64_t dim_, width_, sequence_, rows_ = 0, start_ = 0, kv_head_ = 0, dropout_first_ = 0;
  float *dk_, *dv_;                         // [rows, width]
  float* dq_;                               // by query block [dim, columns]
  Element *q_, *dy_;                        // right operands [rows, width]
  Element *q_transposed_, *dy_transposed_;  // by query block, right operands [dim, columns]
  float *lse_, *delta_;                     // [rows]; lse in base 2
  int32_t* segments_;                       // [rows], if there are any
  Element *keys_, *values_;                 // [kKeyBlock, width]
  Element* packed_keys_;                    // right operand [kKeyBlock, width]
  float *scores_, *slopes_;                 // [kKeyBlock, columns]
  Element *weights_, *score_grads_;         // [kKeyBlock, columns]
  Element* packed_grads_;                   // right operand [kKeyBlock, columns]
  float* kept_;                             // [kKeyBlock, columns], if anything is dropped
};

}  // namespace

void attention_grad(const Parallel& parallel, const AttentionGrad& args) {
  const int64_t sequences = args.shape.tokens / args.sequence, kv_heads = args.shape.kv_heads;
  const int64_t size = gradient_task_floats(args.shape.dim, args.sequence);
  with_product(args.shape.type, args.shape.dim,
               [&]<class T, class Product>(Type<T>, Type<Product>) {
                 for_range(parallel, sequences * kv_heads, 1,
                           [&](int64_t begin, int64_t end, int32_t thread) {
                             GradientTask<T, Product> task(args, args.scratch + thread * size);
                             for (int64_t i = begin; i < end; ++i)
                               task.run(i / kv_heads, i % kv_heads);
                           });
               });
}

}  // namespace lmos::cpu::LMOS_ISA
