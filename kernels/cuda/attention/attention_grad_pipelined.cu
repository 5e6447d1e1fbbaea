// The gradient of keys and values as attention_grad_tensor_core.cu computes it, for heads of up to
// 64: one warpgroup fetches queries, two hold 64 keys each. Barriers in shared memory let the two
// drift apart by more than a block of queries, so that one computes weights while products of the
// other run (after Shah et al. 2024, "FlashAttention-3"). The gradient of the queries needs both
// halves of the keys: after every second block each warpgroup computes that of one of the two
// blocks before.
#include "cuda/attention/kernels.h"
#include "cuda/attention/launch.cuh"
#include "cuda/attention/query_sums.cuh"
#include "cuda/attention/visibility.cuh"
#include "cuda/barrier.cuh"
#include "cuda/warpgroup.cuh"

namespace lmos::cuda {
namespace {

inline constexpr int kThreads = 384;  // the third warpgroup fetches
inline constexpr int kColumns = 64;
inline constexpr int kKeyBlock = 128, kQueryBlock = 64;
inline constexpr int kStages = 4;
inline constexpr int kTurns = 4;    // blocks whose gradients of scores are kept
inline constexpr int kGroup = 128;  // threads of a warpgroup
static_assert(kStages == kTurns);   // turn t uses stage and place t mod 4

// Shared memory; tiles begin at multiples of 1024 bytes.
inline constexpr uint32_t kKeyBytes = Tile<kColumns>::bytes(kKeyBlock);
inline constexpr uint32_t kQueryBytes = Tile<kColumns>::bytes(kQueryBlock);
inline constexpr uint32_t kStageBytes = 2 * kQueryBytes + 1024;  // queries, dy, their statistics
inline constexpr uint32_t kScoresBytes = Tile<kQueryBlock>::bytes(kKeyBlock);
inline constexpr uint32_t kValues = kKeyBytes;
inline constexpr uint32_t kScores = 2 * kKeyBytes;  // gradients of scores, [keys, queries]
inline constexpr uint32_t kFirstStage = kScores + kTurns * kScoresBytes;
inline constexpr uint32_t kBarriers = kFirstStage + kStages * kStageBytes;
inline constexpr uint32_t kVisibility = kBarriers + 128;

struct Barriers {
  uint32_t first;
  __device__ uint32_t fetched(int turn) const { return first + turn % kStages * 8; }
  __device__ uint32_t used(int turn) const { return fetched(turn) + kStages * 8; }
  __device__ uint32_t scores_written(int turn) const { return fetched(turn) + 2 * kStages * 8; }
  __device__ uint32_t scores_used(int turn) const { return fetched(turn) + 3 * kStages * 8; }
  __device__ void init() const {
    for (int turn = 0; turn < kStages; ++turn) {
      init_barrier(fetched(turn), kGroup);
      init_barrier(used(turn), 2 * kGroup);
      init_barrier(scores_written(turn), 2 * kGroup);
      init_barrier(scores_used(turn), kGroup);
    }
  }
};
// The phase of a turn's barriers.
__device__ inline int phase_of(int turn) { return turn / kStages & 1; }

// The blocks of queries that see a block of keys, of all query heads of its key head.
struct Walk {
  const uint8_t* visible;
  int begin, blocks, head_end;
  int head, block;

  __device__ Walk(const uint8_t* visible, int begin, int blocks, int head, int group)
      : visible(visible),
        begin(begin),
        blocks(blocks),
        head_end(head + group),
        head(head),
        block(next_block(visible, begin, blocks)) {}
  __device__ bool more() const { return block < blocks; }
  __device__ void advance() {
    block = next_block(visible, block + 1, blocks);
    if (block >= blocks && head + 1 < head_end) {
      ++head;
      block = next_block(visible, begin, blocks);
    }
  }
};

// Begins to fill a tile of kRows rows with `threads` threads, of which this is number `thread`.
template <int kRows, class T>
__device__ inline void fetch_rows(uint32_t tile, const T* from, int64_t step, int rows, int columns,
                                  int thread, int threads) {
  constexpr int kChunks = kColumns / 8;
  const int chunk = thread % kChunks;
  from += thread / kChunks * step + chunk * 8;
  step *= threads / kChunks;
#pragma unroll
  for (int row = thread / kChunks; row < kRows; row += threads / kChunks, from += step) {
    const bool valid = row < rows && chunk * 8 < columns;
    copy_async(tile + Tile<kColumns>::offset(row, chunk), from, valid);
  }
}

template <class T>
__device__ inline void fetch_queries(const Backward& args, const RowStatistics* statistics,
                                     Walk walk, uint32_t shared, Barriers barriers) {
  const AttentionGrad& grad = args.grad;
  const int thread = static_cast<int>(threadIdx.x) % 128;
  const int sequence = static_cast<int>(grad.sequence), dim = static_cast<int>(grad.shape.dim);
  const int heads = static_cast<int>(grad.shape.heads);
  const int64_t token = static_cast<int64_t>(blockIdx.z) * sequence;
  const auto publish = [&](int turn) {
    publish_to_products();
    arrive(barriers.fetched(turn));
  };
  int turn = 0;
  for (; walk.more(); walk.advance(), ++turn) {
    if (turn >= kStages) wait_phase(barriers.used(turn), phase_of(turn - kStages));
    const uint32_t to = shared + kFirstStage + turn % kStages * kStageBytes;
    const int row = walk.block * kQueryBlock;
    fetch_rows<kQueryBlock>(
        to, static_cast<const T*>(grad.q) + (token + row) * grad.steps.q + walk.head * dim,
        grad.steps.q, sequence - row, dim, thread, 128);
    fetch_rows<kQueryBlock>(
        to + kQueryBytes,
        static_cast<const T*>(grad.dy) + ((token + row) * heads + walk.head) * dim,
        static_cast<int64_t>(heads) * dim, sequence - row, dim, thread, 128);
    if (thread < kQueryBlock / 2) {
      copy_async(to + 2 * kQueryBytes + thread * 16,
                 statistics + walk.head * statistics_rows(sequence) + row + thread * 2, true);
    }
    commit_copies();
    if (turn > 0) {
      wait_copies<1>();
      publish(turn - 1);
    }
  }
  wait_copies<0>();
  if (turn > 0) publish(turn - 1);
}

// kQuerySums: the gradient of the queries is added up too.
template <class T, bool kQuerySums>
__global__ void __launch_bounds__(kThreads, 1) grad_of_keys_pipelined(Backward args) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  extern __shared__ __align__(1024) uint8_t shared[];
  const AttentionGrad& grad = args.grad;
  // The same for all lanes, and known to be.
  const int warpgroup = __shfl_sync(0xffffffffu, static_cast<int>(threadIdx.x) / 128, 0);
  const int sequence = static_cast<int>(grad.sequence), dim = static_cast<int>(grad.shape.dim);
  const int first = static_cast<int>(blockIdx.x) * kKeyBlock;
  const int key_head = blockIdx.y, heads = static_cast<int>(grad.shape.heads);
  const int group = heads / static_cast<int>(grad.shape.kv_heads);
  const int64_t token = static_cast<int64_t>(blockIdx.z) * sequence;
  const int32_t* segments = grad.segments == nullptr ? nullptr : grad.segments + token;
  const uint32_t keys = shared_address(shared);
  const Barriers barriers{keys + kBarriers};

  if (threadIdx.x == 0) barriers.init();
  if (warpgroup < 2) {
    const int thread = threadIdx.x;
    fetch_rows<kKeyBlock>(
        keys, static_cast<const T*>(grad.k) + (token + first) * grad.steps.k + key_head * dim,
        grad.steps.k, sequence - first, dim, thread, 256);
    fetch_rows<kKeyBlock>(
        keys + kValues,
        static_cast<const T*>(grad.v) + (token + first) * grad.steps.v + key_head * dim,
        grad.steps.v, sequence - first, dim, thread, 256);
    commit_copies();
  }
  const int begin = grad.causal ? first / kQueryBlock : 0;
  const int blocks = (sequence + kQueryBlock - 1) / kQueryBlock;
  uint8_t* visible = nullptr;
  if (segments != nullptr) {
    visible = shared + kVisibility;
    classify_blocks<kQueryBlock>(segments, sequence, first, min(sequence, first + kKeyBlock),
                                 blocks, visible);
  } else {
    __syncthreads();
  }
  Walk walk(visible, begin, blocks, key_head * group, group);

  if (warpgroup == 2) {
    give_registers<40>();
    const RowStatistics* statistics =
        args.statistics + static_cast<int64_t>(blockIdx.z) * heads * statistics_rows(sequence);
    fetch_queries<T>(args, statistics, walk, keys, barriers);
    return;
  }
  take_registers<232>();
  const int lane = threadIdx.x & 31, warp = static_cast<int>(threadIdx.x) / 32;
  // The warpgroups' part of a tile of keys, 64 rows.
  const uint32_t own_keys = keys + warpgroup * (kKeyBytes / 2), own_values = own_keys + kValues;
  const float scale = grad.shape.scale * kLog2E;
  const int local_key = warp * 16 + lane / 4, key_row = first + local_key;  // and the row 8 below
  int key_segment[2] = {0, 0};
  if (segments != nullptr) {
    key_segment[0] = segments[min(key_row, sequence - 1)];
    key_segment[1] = segments[min(key_row + 8, sequence - 1)];
  }
  float key_sums[8][4] = {}, value_sums[8][4] = {};
  float scores[8][4], score_grads[8][4], query_grads[8][4];

  const auto stage_of = [&](int turn) { return keys + kFirstStage + turn % kStages * kStageBytes; };
  const auto begin_scores = [&](int turn) {
    const uint32_t queries = stage_of(turn), dy = queries + kQueryBytes;
#pragma unroll
    for (int k = 0; k < kColumns / 16; ++k) {
      multiply_shared<false, false>(T{}, scores, along_rows(own_keys, 0, k),
                                    along_rows(queries, 0, k), k > 0);
    }
#pragma unroll
    for (int k = 0; k < kColumns / 16; ++k) {
      multiply_shared<false, false>(T{}, score_grads, along_rows(own_values, 0, k),
                                    along_rows(dy, 0, k), k > 0);
    }
    commit_products();
  };
  // sums += packed · rows of a tile of queries or dy
  const auto add_products = [&](float(&sums)[8][4], const uint32_t(&packed)[8][2], uint32_t tile) {
#pragma unroll
    for (int k = 0; k < kQueryBlock / 16; ++k) {
      const uint32_t a[4] = {packed[2 * k][0], packed[2 * k][1], packed[2 * k + 1][0],
                             packed[2 * k + 1][1]};
      multiply_registers<true>(T{}, sums, a, down_rows(tile, k), true);
    }
    commit_products();
  };
  const auto begin_query_grads = [&](int turn) {
    const uint32_t transposed = keys + kScores + turn % kTurns * kScoresBytes;
#pragma unroll
    for (int k = 0; k < kKeyBlock / 16; ++k) {
      multiply_shared<true, true>(T{}, query_grads, down_rows(transposed, k), down_rows(keys, k),
                                  k > 0);
    }
    commit_products();
  };
  // After the products of begin_query_grads(turn), which was of that block and head.
  const auto add_query_grads = [&](int turn, int block, int head) {
    arrive(barriers.scores_used(turn));
    const int query = block * kQueryBlock + warp % 4 * 16 + lane / 4;
    float* to = args.query_sums + ((token + query) * heads + head) * dim;
#pragma unroll
    for (int n = 0; n < 8; ++n) {
      const bool inside = n * 8 < dim;
      add_sums(to + n * 8, to + 8 * static_cast<int64_t>(heads) * dim + n * 8, query_grads[n],
               inside && query < sequence, inside && query + 8 < sequence);
    }
  };

  wait_copies<0>();
  publish_to_products();
  asm volatile("bar.sync 1, 256;" ::: "memory");  // keys and values are there
  int turn = 0;
  int own_block = 0, own_head = 0;  // of the turn whose query gradients this warpgroup computes
  bool more = walk.more();
  // Scores and their gradients are there. kSecond: of a pair of turns.
  const auto step = [&]<bool kSecond>(Constant<kSecond>) {
    const int block = walk.block, head = walk.head, row = block * kQueryBlock;
    const uint32_t queries = stage_of(turn);
    const float4* rows =
        reinterpret_cast<const float4*>(shared + (queries - keys) + 2 * kQueryBytes) + (lane & 3);
    walk.advance();
    more = walk.more();
#pragma unroll
    for (int n = 0; n < 8; ++n) {
      const float4 pair = rows[n * 4];  // lse, delta of two queries
#pragma unroll
      for (int i = 0; i < 4; ++i)
        scores[n][i] = exp2_fast(fmaf(scores[n][i], scale, i & 1 ? -pair.z : -pair.x));
    }
    if (first + kKeyBlock > sequence || (grad.causal && first + kKeyBlock > row + 1)) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        // The first query, counted from the thread's own first, that sees the key.
        const int key = key_row + (i / 2) * 8;
        const int least = key >= sequence ? kQueryBlock
                          : grad.causal   ? key - row - (lane & 3) * 2 - (i & 1)
                                          : 0;
#pragma unroll
        for (int n = 0; n < 8; ++n) scores[n][i] = n * 8 < least ? 0.f : scores[n][i];
      }
    }
    if (visible != nullptr && visible[block] == kMixed) {
#pragma unroll
      for (int n = 0; n < 8; ++n) {
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          const int query = row + n * 8 + (lane & 3) * 2 + i;
          const int segment = segments[min(query, sequence - 1)];
          scores[n][i] = segment == key_segment[0] ? scores[n][i] : 0.f;
          scores[n][i + 2] = segment == key_segment[1] ? scores[n][i + 2] : 0.f;
        }
      }
    }
    uint32_t weights[8][2], grads[8][2];
#pragma unroll
    for (int n = 0; n < 8; ++n) {
      weights[n][0] = pack<T>(scores[n][0], scores[n][1]);
      weights[n][1] = pack<T>(scores[n][2], scores[n][3]);
    }
    pin(value_sums);
    begin_products();
    add_products(value_sums, weights, queries + kQueryBytes);
#pragma unroll
    for (int n = 0; n < 8; ++n) {
      const float4 pair = rows[n * 4];
      float d[4];
#pragma unroll
      for (int i = 0; i < 4; ++i)
        d[i] = scores[n][i] * (score_grads[n][i] - (i & 1 ? pair.w : pair.y));
      grads[n][0] = pack<T>(d[0], d[1]);
      grads[n][1] = pack<T>(d[2], d[3]);
    }
    const bool earlier = turn >= 2;
    if constexpr (kQuerySums) {
      if (turn >= kTurns) wait_phase(barriers.scores_used(turn), phase_of(turn - kTurns));
      uint8_t* to = shared + kScores + turn % kTurns * kScoresBytes;
#pragma unroll
      for (int n = 0; n < 8; ++n) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          *reinterpret_cast<uint32_t*>(to + Tile<64>::offset(local_key + half * 8, n) +
                                       (lane & 3) * 4) = grads[n][half];
        }
      }
      publish_to_products();
      arrive(barriers.scores_written(turn));
      if (!kSecond && earlier)
        wait_phase(barriers.scores_written(turn - 2 + warpgroup), phase_of(turn - 2 + warpgroup));
    }
    if (more) wait_phase(barriers.fetched(turn + 1), phase_of(turn + 1));
    pin(key_sums);
    pin(scores);
    pin(score_grads);
    begin_products();
    add_products(key_sums, grads, queries);
    // Branches would make products wait for one another: what is not needed is computed all the
    // same, of whatever lies there.
    if constexpr (kQuerySums && !kSecond) {
      pin(query_grads);
      begin_query_grads(turn + kTurns - 2 + warpgroup);
    }
    begin_scores(more ? turn + 1 : turn);
    wait_products<1>();
    pin(value_sums);
    pin(key_sums);
    arrive(barriers.used(turn));
    if constexpr (kQuerySums && !kSecond) {
      pin(query_grads);
      if (earlier) add_query_grads(turn - 2 + warpgroup, own_block, own_head);
    }
    if (kSecond == (warpgroup == 1)) own_block = block, own_head = head;
    wait_products<0>();
    pin(scores);
    pin(score_grads);
    ++turn;
  };
  if (more) {
    wait_phase(barriers.fetched(0), 0);
    begin_products();
    begin_scores(0);
    wait_products<0>();
    pin(scores);
    pin(score_grads);
  }
  while (more) {
    step(Constant<false>{});
    if (more) step(Constant<true>{});
  }
  // What the last pair left; an odd turn more has made up for the pair before it.
  const int left = (turn - 1) / 2 * 2 + warpgroup;
  if (kQuerySums && turn > 0 && left < turn) {
    wait_phase(barriers.scores_written(left), phase_of(left));
    begin_products();
    begin_query_grads(left);
    wait_products<0>();
    pin(query_grads);
    add_query_grads(left, own_block, own_head);
  }

  const auto write = [&](const float(&sums)[8][4], float factor, void* to, int64_t step) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int key = key_row + half * 8;
      if (key >= sequence) continue;
      T* out = static_cast<T*>(to) + (token + key) * step + key_head * dim;
#pragma unroll
      for (int n = 0; n < 8; ++n) {
        if (n * 8 < dim) {
          *reinterpret_cast<uint32_t*>(out + n * 8 + (lane & 3) * 2) =
              pack<T>(sums[n][2 * half] * factor, sums[n][2 * half + 1] * factor);
        }
      }
    }
  };
  write(key_sums, grad.shape.scale, grad.dk, grad.grad_steps.k);
  write(value_sums, 1.f, grad.dv, grad.grad_steps.v);
#endif
}

}  // namespace

bool grad_of_keys_pipelined(cudaStream_t stream, const Backward& args) {
  const AttentionShape& shape = args.grad.shape;
  if (shape.dim > kColumns || !has_warpgroup_products()) return false;
  const int64_t sequence = args.grad.sequence;
  const dim3 grid(ceil_div(sequence, kKeyBlock), shape.kv_heads, shape.tokens / sequence);
  const size_t visible = args.grad.segments == nullptr ? 0 : ceil_div(sequence, kQueryBlock) + 16;
  with_half_type(shape.type, [&]<class T>(Tag<T>) {
    const auto kernel = args.query_sums != nullptr ? grad_of_keys_pipelined<T, true>
                                                   : grad_of_keys_pipelined<T, false>;
    launch(kernel, grid, kThreads, kVisibility + visible, stream, args);
  });
  return true;
}

}  // namespace lmos::cuda
