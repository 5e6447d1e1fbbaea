// Forward attention by warpgroups: each of two holds 64 queries in registers. The scores of the
// next block of keys are computed while weights of the current one meet its values, so that the
// softmax of one warpgroup runs beside products of both (after Shah et al. 2024,
// "FlashAttention-3").
#include "cuda/attention/kernels.h"
#include "cuda/attention/launch.cuh"
#include "cuda/attention/visibility.cuh"
#include "cuda/warpgroup.cuh"

namespace lmos::cuda {
namespace {

inline constexpr int kQueryBlock = 128;
inline constexpr int kThreads = 256;
inline constexpr int kStages = 3;

// Rows of kColumns lie as kColumns / 64 tiles of 64 columns.
template <int kColumns>
struct Blocking {
  static constexpr int kKeys = kColumns;
  static constexpr int kHalves = kColumns / 64;
  [[maybe_unused]] static constexpr int kKeyGroups = kKeys / 64;
  static constexpr int kTileBytes = kKeys * 128;
  static constexpr int kStageBytes = 2 * kHalves * kTileBytes;  // keys, then values
  static constexpr int kSharedBytes = kStages * kStageBytes;
  static_assert(Tile<kColumns>::bytes(kQueryBlock) <= kStageBytes);
};

template <class T, int kColumns>
__global__ void __launch_bounds__(kThreads, kColumns == 64 ? 2 : 1) attend(Attention args) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  using B = Blocking<kColumns>;
  extern __shared__ __align__(1024) uint8_t shared[];
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
  const int sequence = static_cast<int>(args.sequence), dim = static_cast<int>(args.shape.dim);
  // Late queries see the most keys: they start first.
  const int first = (static_cast<int>(gridDim.x) - 1 - static_cast<int>(blockIdx.x)) * kQueryBlock;
  const int head = blockIdx.y;
  const int key_head = head / static_cast<int>(args.shape.heads / args.shape.kv_heads);
  const int64_t token = static_cast<int64_t>(blockIdx.z) * sequence;
  const int32_t* segments = args.segments == nullptr ? nullptr : args.segments + token;
  const T* q = static_cast<const T*>(args.q) + (token + first) * args.steps.q + head * dim;
  const T* k = static_cast<const T*>(args.k) + token * args.steps.k + key_head * dim;
  const T* v = static_cast<const T*>(args.v) + token * args.steps.v + key_head * dim;
  const int least = args.causal ? min(sequence, first + 1) : sequence;  // of the rows' limits
  const int key_end = args.causal ? min(sequence, first + kQueryBlock) : sequence;
  const int blocks = (key_end + B::kKeys - 1) / B::kKeys;
  const uint32_t stages = shared_address(shared);
  uint8_t* visible = nullptr;

  const auto load_tiles = [&](uint32_t to, const T* from, int64_t step, int rows) {
    constexpr int kChunks = kColumns / 8;
#pragma unroll
    for (int i = 0; i < B::kKeys * kChunks / kThreads; ++i) {
      const int index = i * kThreads + static_cast<int>(threadIdx.x);
      const int row = index / kChunks, chunk = index % kChunks;
      const bool valid = row < rows && chunk * 8 < dim;
      copy_async(to + chunk / 8 * B::kTileBytes + Tile<64>::offset(row, chunk % 8),
                 valid ? from + row * step + chunk * 8 : from, valid);
    }
  };
  const auto load_block = [&](int block, int stage) {
    const uint32_t keys = stages + stage * B::kStageBytes;
    const int key = block * B::kKeys;
    load_tiles(keys, k + key * args.steps.k, args.steps.k, sequence - key);
    load_tiles(keys + B::kStageBytes / 2, v + key * args.steps.v, args.steps.v, sequence - key);
  };

  // Queries wait in the last stage's memory until they are in registers.
  const uint32_t queries = stages + (kStages - 1) * B::kStageBytes;
  load_tile<kColumns, kQueryBlock, kThreads>(queries, q, args.steps.q, sequence - first, dim);
  if (segments != nullptr) {
    visible = shared + B::kSharedBytes;
    classify_blocks<B::kKeys>(segments, sequence, first, min(sequence, first + kQueryBlock), blocks,
                              visible);
  }
  int block = next_block(visible, 0, blocks), next = next_block(visible, block + 1, blocks);
  load_block(block, 0);
  commit_copies();
  if (next < blocks) load_block(next, 1);
  commit_copies();

  float maximum[2] = {-INFINITY, -INFINITY}, total[2] = {}, decay[2];
  int row_limit[2], row_segment[2];
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int row = first + warp * 16 + half * 8 + lane / 4;
    row_limit[half] = args.causal ? min(sequence, row + 1) : sequence;
    row_segment[half] = segments == nullptr ? 0 : segments[min(row, sequence - 1)];
  }
  const float scale = fmaxf(fabsf(args.shape.scale) * kLog2E, 1e-30f);

  float scores[B::kKeyGroups][8][4];
  // Scores of a block to weights 2^(scale · score − maximum); `decay` takes what was added up
  // before to the new maximum.
  const auto weigh = [&](int of) {
    const int key = of * B::kKeys;
    if (args.shape.scale < 0) {
#pragma unroll
      for (int m = 0; m < B::kKeyGroups; ++m)
#pragma unroll
        for (int n = 0; n < 8; ++n)
#pragma unroll
          for (int i = 0; i < 4; ++i) scores[m][n][i] = -scores[m][n][i];
    }
    const bool mixed = visible != nullptr && visible[of] == kMixed;
    if (mixed || key + B::kKeys > least) {
#pragma unroll
      for (int m = 0; m < B::kKeyGroups; ++m) {
#pragma unroll
        for (int n = 0; n < 8; ++n) {
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            const int column = key + m * 64 + n * 8 + (lane & 3) * 2 + (i & 1);
            if (column >= row_limit[i / 2] ||
                (mixed && segments[min(column, sequence - 1)] != row_segment[i / 2]))
              scores[m][n][i] = -INFINITY;
          }
        }
      }
    }
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float peak = maximum[half];
#pragma unroll
      for (int m = 0; m < B::kKeyGroups; ++m)
#pragma unroll
        for (int n = 0; n < 8; ++n)
          peak = fmaxf(peak, fmaxf(scores[m][n][2 * half], scores[m][n][2 * half + 1]));
      peak = fmaxf(peak, __shfl_xor_sync(0xffffffffu, peak, 1));
      peak = fmaxf(peak, __shfl_xor_sync(0xffffffffu, peak, 2));
      // Where everything is masked so far, weights are 2^(−∞ − 0) = 0.
      const float shift = peak == -INFINITY ? 0.f : peak * scale;
      decay[half] = exp2_fast(maximum[half] * scale - shift);
      maximum[half] = peak;
      float added = 0;
#pragma unroll
      for (int m = 0; m < B::kKeyGroups; ++m) {
#pragma unroll
        for (int n = 0; n < 8; ++n) {
#pragma unroll
          for (int i = 2 * half; i < 2 * half + 2; ++i) {
            scores[m][n][i] = exp2_fast(fmaf(scores[m][n][i], scale, -shift));
            added += scores[m][n][i];
          }
        }
      }
      total[half] = total[half] * decay[half] + added;
    }
  };
  uint32_t weights[B::kKeys / 16][4];
  const auto pack_weights = [&] {
#pragma unroll
    for (int j = 0; j < B::kKeys / 16; ++j) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const float* pair = scores[j / 4][j % 4 * 2 + i / 2] + i % 2 * 2;
        weights[j][i] = pack<T>(pair[0], pair[1]);
      }
    }
  };

  wait_copies<1>();
  publish_to_products();
  __syncthreads();
  uint32_t query[kColumns / 16][4];
#pragma unroll
  for (int j = 0; j < kColumns / 16; ++j)
    load_fragments(query[j], left_address<kColumns>(queries, warp * 16, 2 * j));
  const auto begin_scores = [&](int stage) {
    const uint32_t keys = stages + stage * B::kStageBytes;
#pragma unroll
    for (int m = 0; m < B::kKeyGroups; ++m) {
#pragma unroll
      for (int j = 0; j < kColumns / 16; ++j) {
        multiply_registers<false>(T{}, scores[m], query[j],
                                  along_rows(keys + j / 4 * B::kTileBytes, m * 64, j % 4), j > 0);
      }
    }
    commit_products();
  };
  float output[B::kHalves][8][4] = {};
  begin_products();
  begin_scores(0);
  wait_products<0>();
#pragma unroll
  for (int m = 0; m < B::kKeyGroups; ++m) pin(scores[m]);
  weigh(block);
  pack_weights();

  const auto add_values = [&](int stage) {
    const uint32_t values = stages + stage * B::kStageBytes + B::kStageBytes / 2;
#pragma unroll
    for (int j = 0; j < B::kKeys / 16; ++j) {
#pragma unroll
      for (int half = 0; half < B::kHalves; ++half) {
        multiply_registers<true>(T{}, output[half], weights[j],
                                 down_rows(values + half * B::kTileBytes, j), true);
      }
    }
    commit_products();
  };
  const auto pin_output = [&] {
#pragma unroll
    for (int half = 0; half < B::kHalves; ++half) pin(output[half]);
  };
  int stage = 0;
  while (next < blocks) {
    const int stage1 = stage + 1 == kStages ? 0 : stage + 1;
    const int stage2 = stage1 + 1 == kStages ? 0 : stage1 + 1;
    const int after = next_block(visible, next + 1, blocks);
    wait_copies<0>();
    publish_to_products();
    __syncthreads();
    if (after < blocks) load_block(after, stage2);
    commit_copies();
    pin_output();
    begin_products();
    begin_scores(stage1);
    add_values(stage);
    wait_products<1>();
#pragma unroll
    for (int m = 0; m < B::kKeyGroups; ++m) pin(scores[m]);
    weigh(next);
    wait_products<0>();
    pin_output();
#pragma unroll
    for (int half = 0; half < B::kHalves; ++half)
#pragma unroll
      for (int n = 0; n < 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) output[half][n][i] *= decay[i / 2];
    pack_weights();
    next = after;
    stage = stage1;
  }
  pin_output();
  begin_products();
  add_values(stage);
  wait_products<0>();
  pin_output();

  // Rows leave through shared memory, so that stores are 16 bytes wide.
  __syncthreads();
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float sum = total[half];
    sum += __shfl_xor_sync(0xffffffffu, sum, 1);
    sum += __shfl_xor_sync(0xffffffffu, sum, 2);
    const float factor = 1.f / sum;
    const int local = warp * 16 + half * 8 + lane / 4;
#pragma unroll
    for (int n = 0; n < kColumns / 8; ++n) {
      const float* pair = output[n / 8][n % 8] + 2 * half;
      *reinterpret_cast<uint32_t*>(shared + Tile<kColumns>::offset(local, n) + (lane & 3) * 4) =
          pack<T>(pair[0] * factor, pair[1] * factor);
    }
    if ((lane & 3) == 0 && first + local < sequence) {
      args.lse[(token + first + local) * args.shape.heads + head] =
          (maximum[half] * scale + log2f(sum)) * kLn2;
    }
  }
  __syncwarp();
  constexpr int kChunks = kColumns / 8;
  T* y = static_cast<T*>(args.y) + ((token + first) * args.shape.heads + head) * dim;
#pragma unroll 4
  for (int i = lane; i < 16 * kChunks; i += 32) {
    const int row = warp * 16 + i / kChunks, chunk = i % kChunks;
    if (first + row < sequence && chunk * 8 < dim) {
      *reinterpret_cast<uint4*>(y + row * args.shape.heads * dim + chunk * 8) =
          *reinterpret_cast<const uint4*>(shared + Tile<kColumns>::offset(row, chunk));
    }
  }
#endif
}

}  // namespace

bool attention_warpgroup(cudaStream_t stream, const Attention& args) {
  const AttentionShape& shape = args.shape;
  if (shape.dim > 128 || !has_warpgroup_products()) return false;
  const dim3 grid(ceil_div(args.sequence, kQueryBlock), shape.heads, shape.tokens / args.sequence);
  with_half_type(shape.type, [&]<class T>(Tag<T>) {
    const auto with = [&]<int kColumns>(Constant<kColumns>) {
      using B = Blocking<kColumns>;
      const size_t visible = args.segments == nullptr ? 0 : ceil_div(args.sequence, B::kKeys) + 16;
      launch(attend<T, kColumns>, grid, kThreads, B::kSharedBytes + visible, stream, args);
    };
    if (shape.dim <= 64) {
      with(Constant<64>{});
    } else {
      with(Constant<128>{});
    }
  });
  return true;
}

}  // namespace lmos::cuda
