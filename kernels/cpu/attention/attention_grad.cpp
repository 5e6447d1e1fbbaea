#include "cpu/attention/attention_block.h"
#include "cpu/attention/kernels.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

// One key head of one sequence: the scores of each block are computed anew from lse, so nothing of
// size sequence² is kept.
template <class T>
struct GradientTask {
  const AttentionGrad& args;
  int64_t dim, padded, sequence, start, kv_head;
  float *dk, *dv, *q, *dy, *dq, *delta;      // over the sequence
  float *keys, *keys_t, *values_t, *p, *ds;  // of a block

  GradientTask(const AttentionGrad& a, float* memory, int64_t sequence_index, int64_t key_head)
      : args(a),
        dim(a.shape.dim),
        padded(padded_dim(dim)),
        sequence(a.sequence),
        start(sequence_index * a.sequence),
        kv_head(key_head) {
    const int64_t rows = round_up(sequence, 16);
    dk = memory;
    dv = dk + rows * padded;
    q = dv + rows * padded;
    dy = q + rows * padded;
    dq = dy + rows * padded;
    delta = dq + rows * padded;
    keys = delta + rows;
    keys_t = keys + kKeyBlock * padded;
    values_t = keys_t + kKeyBlock * padded;
    p = values_t + kKeyBlock * padded;
    ds = p + kQueryBlock * kKeyBlock;
  }

  void run() {
    const int64_t group = args.shape.heads / args.shape.kv_heads;
    for (int64_t i = 0; i < sequence * padded; ++i) dk[i] = dv[i] = 0;
    for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      load_head(head);
      for (int64_t key = 0; key < sequence; key += kKeyBlock) {
        const int64_t count = smaller(kKeyBlock, sequence - key);
        load_keys(key, count);
        for (int64_t row = args.causal ? key / kQueryBlock * kQueryBlock : 0; row < sequence;
             row += kQueryBlock) {
          block(head, row, smaller(kQueryBlock, sequence - row), key, count);
        }
      }
      write(dq, static_cast<T*>(args.dq), args.shape.heads, head);
    }
    write(dk, static_cast<T*>(args.dk), args.shape.kv_heads, kv_head);
    write(dv, static_cast<T*>(args.dv), args.shape.kv_heads, kv_head);
  }

 private:
  void load_head(int64_t head) {
    const int64_t step = args.shape.heads * dim;
    const int64_t offset = start * step + head * dim;
    const T* y = static_cast<const T*>(args.y) + offset;
    pack_rows(static_cast<const T*>(args.q) + offset, step, sequence, dim, padded, 1.f, q);
    pack_rows(static_cast<const T*>(args.dy) + offset, step, sequence, dim, padded, 1.f, dy);
    for (int64_t t = 0; t < sequence; ++t) {
      F32 dot = F32::zero();
      vectors(dim, [&](int64_t d, auto lanes) {
        dot = fma(load(dy + t * padded + d, lanes), load(y + t * step + d, lanes), dot);
      });
      delta[t] = sum(dot);
    }
    for (int64_t i = 0; i < sequence * padded; ++i) dq[i] = 0;
  }

  void load_keys(int64_t key, int64_t count) {
    const int64_t step = args.shape.kv_heads * dim;
    const int64_t offset = (start + key) * step + kv_head * dim;
    const int64_t columns = round_up(count, F32::kWidth);
    const T* k = static_cast<const T*>(args.k) + offset;
    pack_rows(k, step, count, dim, padded, 1.f, keys);
    pack_transposed(k, step, count, dim, columns, keys_t, kKeyBlock);
    pack_transposed(static_cast<const T*>(args.v) + offset, step, count, dim, columns, values_t,
                    kKeyBlock);
  }

  void block(int64_t head, int64_t row, int64_t rows, int64_t key, int64_t count) {
    const int64_t columns = round_up(count, F32::kWidth);
    gemm(rows, columns, dim, {q + row * padded, padded, 1}, keys_t, kKeyBlock, p, kKeyBlock, false);
    gemm(rows, columns, dim, {dy + row * padded, padded, 1}, values_t, kKeyBlock, ds, kKeyBlock,
         false);
    for (int64_t r = 0; r < rows; ++r)
      score_row(head, row + r, p + r * kKeyBlock, ds + r * kKeyBlock, key, count, columns);
    gemm(count, padded, rows, {p, 1, kKeyBlock}, dy + row * padded, padded, dv + key * padded,
         padded, true);
    gemm(count, padded, rows, {ds, 1, kKeyBlock}, q + row * padded, padded, dk + key * padded,
         padded, true);
    gemm(rows, padded, count, {ds, kKeyBlock, 1}, keys, padded, dq + row * padded, padded, true);
  }

  // Scores to probabilities; gradients of probabilities to gradients of scores.
  void score_row(int64_t head, int64_t row, float* weight, float* slope, int64_t key, int64_t count,
                 int64_t columns) {
    const int64_t open = args.causal ? larger(0, smaller(count, row + 1 - key)) : count;
    for (int64_t j = open; j < columns; ++j) weight[j] = kMasked;
    if (args.segments != nullptr) {
      const int32_t* segments = args.segments + start;
      for (int64_t j = 0; j < open; ++j) {
        if (segments[key + j] != segments[row]) weight[j] = kMasked;
      }
    }
    const F32 scale = F32::set(args.shape.scale);
    const F32 shift = F32::set(args.lse[(start + row) * args.shape.heads + head]);
    const F32 mean = F32::set(delta[row]);
    for (int64_t j = 0; j < columns; j += F32::kWidth) {
      // lse bounds the scores up to rounding, which the minimum absorbs.
      const F32 score = minimum(F32::zero(), F32::load(weight + j) * scale - shift);
      const F32 probability = exp_nonpositive(score);
      probability.store(weight + j);
      (probability * (F32::load(slope + j) - mean) * scale).store(slope + j);
    }
  }

  void write(const float* from, T* to, int64_t heads, int64_t head) {
    for (int64_t t = 0; t < sequence; ++t) {
      T* row = to + ((start + t) * heads + head) * dim;
      vectors(dim, [&](int64_t d, auto lanes) {
        store(row + d, load(from + t * padded + d, lanes), lanes);
      });
    }
  }
};

}  // namespace

void attention_grad(const Parallel& parallel, const AttentionGrad& args) {
  const int64_t sequences = args.shape.tokens / args.sequence;
  const int64_t size = gradient_task_floats(args.shape.dim, args.sequence);
  with_type(args.shape.type, [&]<class T>(Type<T>) {
    for_range(parallel, sequences * args.shape.kv_heads, 1,
              [&](int64_t begin, int64_t end, int32_t thread) {
                for (int64_t task = begin; task < end; ++task) {
                  GradientTask<T>(args, args.scratch + thread * size, task / args.shape.kv_heads,
                                  task % args.shape.kv_heads)
                      .run();
                }
              });
  });
}

}  // namespace lmos::cpu::LMOS_ISA
