// The gradient of keys and values as attention_grad_tensor_core.cu computes it, for heads of up to
// 128, by warpgroups: each of two holds 64 keys. All products read shared memory; only weights and
// gradients of scores, the left operands of the sums, stay in registers.
#include "cuda/attention/kernels.h"
#include "cuda/attention/launch.cuh"
#include "cuda/attention/query_sums.cuh"
#include "cuda/attention/visibility.cuh"
#include "cuda/warpgroup.cuh"

namespace lmos::cuda {
namespace {

inline constexpr int kThreads = 256;
inline constexpr int kKeyBlock = 128;
inline constexpr int kQueryBlock = 64;

inline constexpr int kColumns = 128;

// Rows lie as two tiles of 64 columns.
struct Layout {
  static constexpr int kHalves = kColumns / 64;
  static constexpr int kKeyTile = kKeyBlock * 128, kQueryTile = kQueryBlock * 128;
  static constexpr int kKeyBytes = kHalves * kKeyTile, kQueryBytes = kHalves * kQueryTile;
  // queries, dy and their statistics; tiles begin at multiples of 1024
  static constexpr int kStageBytes = 2 * kQueryBytes + 1024;
  static constexpr int kScoresBytes = kKeyBlock * 128;
  // keys, values, gradients of scores, stages
  static constexpr int kSharedBytes = 2 * kKeyBytes + kScoresBytes + 2 * kStageBytes;
};

template <int kRows, class T>
__device__ inline void load_tiles(uint32_t to, const T* from, int64_t step, int rows, int columns) {
  constexpr int kChunks = kColumns / 8;
#pragma unroll
  for (int i = 0; i < kRows * kChunks / kThreads; ++i) {
    const int index = i * kThreads + static_cast<int>(threadIdx.x);
    const int row = index / kChunks, chunk = index % kChunks;
    const bool valid = row < rows && chunk * 8 < columns;
    copy_async(to + chunk / 8 * kRows * 128 + Tile<64>::offset(row, chunk % 8),
               valid ? from + row * step + chunk * 8 : from, valid);
  }
}

template <class T>
__global__ void __launch_bounds__(kThreads, 1) grad_of_keys(Backward args) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  using L = Layout;
  extern __shared__ __align__(1024) uint8_t shared[];
  const AttentionGrad& grad = args.grad;
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32, warpgroup = warp / 4;
  const int sequence = static_cast<int>(grad.sequence), dim = static_cast<int>(grad.shape.dim);
  const int first = static_cast<int>(blockIdx.x) * kKeyBlock;
  const int key_head = blockIdx.y, heads = static_cast<int>(grad.shape.heads);
  const int group = heads / static_cast<int>(grad.shape.kv_heads);
  const int64_t token = static_cast<int64_t>(blockIdx.z) * sequence;
  const int32_t* segments = grad.segments == nullptr ? nullptr : grad.segments + token;
  const RowStatistics* statistics =
      args.statistics + static_cast<int64_t>(blockIdx.z) * heads * statistics_rows(sequence);

  const uint32_t keys = shared_address(shared), values = keys + L::kKeyBytes;
  const uint32_t transposed = values + L::kKeyBytes;  // gradients of scores, [keys, queries]
  const uint32_t stages = transposed + L::kScoresBytes;
  load_tiles<kKeyBlock>(
      keys, static_cast<const T*>(grad.k) + (token + first) * grad.steps.k + key_head * dim,
      grad.steps.k, sequence - first, dim);
  load_tiles<kKeyBlock>(
      values, static_cast<const T*>(grad.v) + (token + first) * grad.steps.v + key_head * dim,
      grad.steps.v, sequence - first, dim);

  const int begin = grad.causal ? first / kQueryBlock : 0;
  const int blocks = (sequence + kQueryBlock - 1) / kQueryBlock;
  uint8_t* visible = nullptr;
  if (segments != nullptr) {
    visible = shared + L::kSharedBytes;
    classify_blocks<kQueryBlock>(segments, sequence, first, min(sequence, first + kKeyBlock),
                                 blocks, visible);
  }
  const auto load_queries = [&](int head, int block, int stage) {
    const uint32_t to = stages + stage * L::kStageBytes;
    const int row = block * kQueryBlock;
    load_tiles<kQueryBlock>(
        to, static_cast<const T*>(grad.q) + (token + row) * grad.steps.q + head * dim, grad.steps.q,
        sequence - row, dim);
    load_tiles<kQueryBlock>(to + L::kQueryBytes,
                            static_cast<const T*>(grad.dy) + ((token + row) * heads + head) * dim,
                            static_cast<int64_t>(heads) * dim, sequence - row, dim);
    if (threadIdx.x < kQueryBlock / 2) {
      copy_async(to + 2 * L::kQueryBytes + threadIdx.x * 16,
                 statistics + head * statistics_rows(sequence) + row + threadIdx.x * 2, true);
    }
  };

  const int head_end = (key_head + 1) * group;
  int head = key_head * group, block = next_block(visible, begin, blocks);
  if (block < blocks) load_queries(head, block, 0);
  commit_copies();

  float key_sums[L::kHalves][8][4] = {}, value_sums[L::kHalves][8][4] = {};
  const float scale = grad.shape.scale * kLog2E;
  const int local_key = warp * 16 + lane / 4, key_row = first + local_key;  // and the row 8 below
  int key_segment[2] = {0, 0};
  if (segments != nullptr) {
    key_segment[0] = segments[min(key_row, sequence - 1)];
    key_segment[1] = segments[min(key_row + 8, sequence - 1)];
  }

  for (int turn = 0; block < blocks; ++turn) {
    const int stage = turn & 1;
    int next_head = head, next = next_block(visible, block + 1, blocks);
    if (next >= blocks && head + 1 < head_end) {
      next_head = head + 1;
      next = next_block(visible, begin, blocks);
    }
    wait_copies<0>();
    publish_to_products();
    __syncthreads();
    if (next < blocks) {
      load_queries(next_head, next, stage ^ 1);
      commit_copies();
    }
    const uint32_t queries = stages + stage * L::kStageBytes, dy = queries + L::kQueryBytes;
    const RowStatistics* rows =
        reinterpret_cast<const RowStatistics*>(shared + (queries - keys) + 2 * L::kQueryBytes);

    float scores[8][4], score_grads[8][4];
    begin_products();
#pragma unroll
    for (int k = 0; k < kColumns / 16; ++k) {
      multiply_shared<false, false>(T{}, scores,
                                    along_rows(keys + k / 4 * L::kKeyTile, warpgroup * 64, k % 4),
                                    along_rows(queries + k / 4 * L::kQueryTile, 0, k % 4), k > 0);
    }
    commit_products();
#pragma unroll
    for (int k = 0; k < kColumns / 16; ++k) {
      multiply_shared<false, false>(T{}, score_grads,
                                    along_rows(values + k / 4 * L::kKeyTile, warpgroup * 64, k % 4),
                                    along_rows(dy + k / 4 * L::kQueryTile, 0, k % 4), k > 0);
    }
    commit_products();
    wait_products<1>();
    pin(scores);

    const int row = block * kQueryBlock;
    const bool mixed = visible != nullptr && visible[block] == kMixed;
    const bool masked =
        mixed || first + kKeyBlock > sequence || (grad.causal && first + kKeyBlock > row + 1);
    uint32_t weights[8][2];
#pragma unroll
    for (int n = 0; n < 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int column = n * 8 + (lane & 3) * 2 + (i & 1);
        scores[n][i] = exp2_fast(fmaf(scores[n][i], scale, -rows[column].lse));
        if (masked) {
          const int key = key_row + (i / 2) * 8, query = row + column;
          const bool hidden = key >= sequence || (grad.causal && key > query) ||
                              (mixed && key_segment[i / 2] != segments[min(query, sequence - 1)]);
          if (hidden) scores[n][i] = 0;
        }
      }
      weights[n][0] = pack<T>(scores[n][0], scores[n][1]);
      weights[n][1] = pack<T>(scores[n][2], scores[n][3]);
    }
    // sums (+)= weights · rows of the queries' or dy's tiles
    const auto add_products = [&](float(&sums)[L::kHalves][8][4], uint32_t tiles) {
      begin_products();
#pragma unroll
      for (int k = 0; k < kQueryBlock / 16; ++k) {
        const uint32_t a[4] = {weights[2 * k][0], weights[2 * k][1], weights[2 * k + 1][0],
                               weights[2 * k + 1][1]};
#pragma unroll
        for (int half = 0; half < L::kHalves; ++half) {
          multiply_registers<true>(T{}, sums[half], a, down_rows(tiles + half * L::kQueryTile, k),
                                   true);
        }
      }
      commit_products();
    };
#pragma unroll
    for (int half = 0; half < L::kHalves; ++half) pin(value_sums[half]);
    add_products(value_sums, dy);
    wait_products<1>();
    pin(score_grads);
#pragma unroll
    for (int n = 0; n < 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int column = n * 8 + (lane & 3) * 2 + (i & 1);
        score_grads[n][i] = scores[n][i] * (score_grads[n][i] - rows[column].delta);
      }
    }
    // The products that read `weights` must end before it changes.
    wait_products<0>();
#pragma unroll
    for (int half = 0; half < L::kHalves; ++half) pin(value_sums[half]);
#pragma unroll
    for (int n = 0; n < 8; ++n) {
      weights[n][0] = pack<T>(score_grads[n][0], score_grads[n][1]);
      weights[n][1] = pack<T>(score_grads[n][2], score_grads[n][3]);
    }
#pragma unroll
    for (int half = 0; half < L::kHalves; ++half) pin(key_sums[half]);
    add_products(key_sums, queries);

    if (args.query_sums != nullptr) {
#pragma unroll
      for (int n = 0; n < 8; ++n) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          *reinterpret_cast<uint32_t*>(shared + (transposed - keys) +
                                       Tile<64>::offset(local_key + half * 8, n) + (lane & 3) * 4) =
              weights[n][half];
        }
      }
      publish_to_products();
      __syncthreads();
      // Each warpgroup computes 64 columns.
      float sums[8][4];
      begin_products();
#pragma unroll
      for (int k = 0; k < kKeyBlock / 16; ++k) {
        multiply_shared<true, true>(T{}, sums, down_rows(transposed, k),
                                    down_rows(keys + warpgroup * L::kKeyTile, k), k > 0);
      }
      commit_products();
      wait_products<0>();
      pin(sums);
      const int query = row + warp % 4 * 16 + lane / 4;
      float* to = args.query_sums + ((token + query) * heads + head) * dim + warpgroup * 64;
#pragma unroll
      for (int n = 0; n < 8; ++n) {
        const bool inside = warpgroup * 64 + n * 8 < dim;
        add_sums(to + n * 8, to + 8 * static_cast<int64_t>(heads) * dim + n * 8, sums[n],
                 inside && query < sequence, inside && query + 8 < sequence);
      }
    }
    wait_products<0>();
#pragma unroll
    for (int half = 0; half < L::kHalves; ++half) pin(key_sums[half]);
    head = next_head;
    block = next;
  }

  const auto write = [&](const float(&sums)[L::kHalves][8][4], float factor, void* to,
                         int64_t step) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int key = key_row + half * 8;
      if (key >= sequence) continue;
      T* out = static_cast<T*>(to) + (token + key) * step + key_head * dim;
#pragma unroll
      for (int n = 0; n < kColumns / 8; ++n) {
        const float* sum = sums[n / 8][n % 8] + 2 * half;
        if (n * 8 < dim) {
          *reinterpret_cast<uint32_t*>(out + n * 8 + (lane & 3) * 2) =
              pack<T>(sum[0] * factor, sum[1] * factor);
        }
      }
    }
  };
  write(key_sums, grad.shape.scale, grad.dk, grad.grad_steps.k);
  write(value_sums, 1.f, grad.dv, grad.grad_steps.v);
#endif
}

}  // namespace

bool grad_of_keys_warpgroup(cudaStream_t stream, const Backward& args) {
  const AttentionShape& shape = args.grad.shape;
  if (shape.dim > kColumns || !has_warpgroup_products()) return false;
  const int64_t sequence = args.grad.sequence;
  const dim3 grid(ceil_div(sequence, kKeyBlock), shape.kv_heads, shape.tokens / sequence);
  with_half_type(shape.type, [&]<class T>(Tag<T>) {
    const size_t visible = args.grad.segments == nullptr ? 0 : ceil_div(sequence, kQueryBlock) + 16;
    launch(grad_of_keys<T>, grid, kThreads, Layout::kSharedBytes + visible, stream, args);
  });
  return true;
}

}  // namespace lmos::cuda
