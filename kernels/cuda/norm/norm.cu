#include "cuda/norm/norm.h"

#include <algorithm>

#include "cuda/element.cuh"

namespace lmos::cuda {
namespace {

constexpr int kThreads = 256;
// Blocks of the gradient, each with sums of its own over its rows: two a multiprocessor of an H100.
constexpr int64_t kMostGradBlocks = 264;

template <class T, int kWidth, class F>
__device__ void for_each_pack(int64_t embed, F&& f) {
  for (int64_t i = static_cast<int64_t>(threadIdx.x) * kWidth; i < embed; i += blockDim.x * kWidth)
    f(i);
}

template <class T, int kWidth>
__device__ Pack<T, kWidth> load(const void* data, int64_t i) {
  return *reinterpret_cast<const Pack<T, kWidth>*>(static_cast<const T*>(data) + i);
}
template <class T, int kWidth>
__device__ void store(void* data, int64_t i, const Pack<T, kWidth>& pack) {
  *reinterpret_cast<Pack<T, kWidth>*>(static_cast<T*>(data) + i) = pack;
}

// Sums over the rows: of dw, db and dx.
__host__ __device__ int64_t columns_of(const NormGrad& args) {
  return args.shape.embed * (args.sum != nullptr ? 3 : args.shape.centred ? 2 : 1);
}

// ---- Short rows: a warp a row, which it keeps in registers. ----

constexpr int kWarps = kThreads / 32;

template <int kWidth>
__device__ void load_weights(const FloatSource& source, int64_t i, float (&out)[kWidth]) {
  if (source.type == Float::f32) {
#pragma unroll
    for (int k = 0; k < kWidth; k += 4) {
      const auto four = load<float, 4>(source.data, i + k);
      for (int j = 0; j < 4; ++j) out[k + j] = four.at[j];
    }
  } else {
    const auto widened = [&]<class W>(W) {
      const auto pack = load<W, kWidth>(source.data, i);
      for (int k = 0; k < kWidth; ++k) out[k] = widen(pack.at[k]);
    };
    source.type == Float::bf16 ? widened(bf16{}) : widened(f16{});
  }
}

// The packs of a lane: kRounds of them cover the row. f(round, i) for those inside.
template <int kWidth, int kRounds, class F>
__device__ void for_lane_packs(int64_t embed, F&& f) {
#pragma unroll
  for (int round = 0; round < kRounds; ++round) {
    const int64_t i = (round * 32 + threadIdx.x % 32) * int64_t{kWidth};
    if (i < embed) f(round, i);
  }
}

template <class T, int kRounds>
__global__ void __launch_bounds__(kThreads) norm_short_kernel(Norm args) {
  constexpr int kWidth = kPackWidth<T>;
  const int64_t embed = args.shape.embed;
  const int64_t n = static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32;
  if (n >= args.shape.rows) return;
  const int64_t row = n * embed;
  Pack<T, kWidth> values[kRounds];
  float total = 0;
  for_lane_packs<kWidth, kRounds>(embed, [&](int round, int64_t i) {
    values[round] = load<T, kWidth>(args.x, row + i);
    if (args.residual != nullptr) {
      const auto other = load<T, kWidth>(args.residual, row + i);
      for (int k = 0; k < kWidth; ++k)
        values[round].at[k] = narrow<T>(widen(values[round].at[k]) + widen(other.at[k]));
      store(args.sum, row + i, values[round]);
    }
    for (int k = 0; k < kWidth; ++k) total += widen(values[round].at[k]);
  });
  const float count = static_cast<float>(embed);
  const float mean = args.shape.centred ? reduce_warp(total, Sum{}) / count : 0;
  float squares = 0;
  for_lane_packs<kWidth, kRounds>(embed, [&](int round, int64_t) {
    for (int k = 0; k < kWidth; ++k) {
      const float centred = widen(values[round].at[k]) - mean;
      squares += centred * centred;
    }
  });
  const float rstd = 1 / sqrtf(reduce_warp(squares, Sum{}) / count + args.epsilon);
  for_lane_packs<kWidth, kRounds>(embed, [&](int round, int64_t i) {
    float weight[kWidth], bias[kWidth] = {};
    load_weights(FloatSource{args.weight, args.shape.weight_type}, i, weight);
    if (args.shape.centred) load_weights(FloatSource{args.bias, args.shape.weight_type}, i, bias);
    for (int k = 0; k < kWidth; ++k)
      values[round].at[k] =
          narrow<T>((widen(values[round].at[k]) - mean) * rstd * weight[k] + bias[k]);
    store(args.y, row + i, values[round]);
  });
  if (threadIdx.x % 32 == 0) {
    args.rstd[n] = rstd;
    if (args.shape.centred) args.mean[n] = mean;
  }
}

// Where a warp of the kernel below keeps the sums of its rows, [dw, db, dx] of kRounds packs a
// lane, in shared memory. A lane's neighbours lie beside it.
template <int kWidth, int kRounds>
struct WarpSums {
  static constexpr int kColumns = kRounds * 32 * kWidth;  // of each of the three
  // Four columns of a lane's pack, from column 4 `quarter` on.
  static __device__ float4& at(float* sums, int which, int round, int quarter, int lane) {
    const int row = (which * kRounds + round) * (kWidth / 4) + quarter;
    return reinterpret_cast<float4*>(sums)[row * 32 + lane];
  }
  static __device__ int place(int which, int column) {
    const int pack = column / kWidth, quarter = column % kWidth / 4;
    const int row = (which * kRounds + pack / 32) * (kWidth / 4) + quarter;
    return (row * 32 + pack % 32) * 4 + column % 4;
  }
};

// As norm_grad_kernel below. Each warp adds up its rows in shared memory, which leaves registers
// for more warps; then the warps' sums are added, in order.
template <class T, int kRounds, int kSums>
__global__ void __launch_bounds__(kThreads, kRounds <= 4 ? 2 : 1)
    norm_grad_short_kernel(NormGrad args) {
  constexpr int kWidth = kPackWidth<T>;
  constexpr bool kCentred = kSums >= 2, kSummed = kSums == 3;
  using Sums = WarpSums<kWidth, kRounds>;
  constexpr int kWarpFloats = kSums * Sums::kColumns;
  extern __shared__ __align__(16) float sums[];
  const int64_t embed = args.shape.embed;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  float* own_sums = sums + warp * kWarpFloats;
  for (int i = lane; i < kWarpFloats / 4; i += 32)
    reinterpret_cast<float4*>(own_sums)[i] = {0, 0, 0, 0};
  __syncwarp();
  const auto add = [&](int which, int round, const float(&values)[kWidth]) {
#pragma unroll
    for (int quarter = 0; quarter < kWidth / 4; ++quarter) {
      float4& to = Sums::at(own_sums, which, round, quarter, lane);
      const float* from = values + 4 * quarter;
      const float4 old = to;
      to = {old.x + from[0], old.y + from[1], old.z + from[2], old.w + from[3]};
    }
  };
  const FloatSource weights{args.weight, args.shape.weight_type};
  for (int64_t n = static_cast<int64_t>(blockIdx.x) * kWarps + warp; n < args.shape.rows;
       n += static_cast<int64_t>(gridDim.x) * kWarps) {
    const int64_t row = n * embed;
    const float rstd = args.rstd[n], mean = kCentred ? args.mean[n] : 0;
    Pack<T, kWidth> dy[kRounds], x[kRounds], d[kRounds];
    for_lane_packs<kWidth, kRounds>(embed, [&](int round, int64_t i) {
      dy[round] = load<T, kWidth>(args.dy, row + i);
      x[round] = load<T, kWidth>(args.x, row + i);
      if (args.d != nullptr) d[round] = load<T, kWidth>(args.d, row + i);
    });
    float total = 0, projection = 0;
    for_lane_packs<kWidth, kRounds>(embed, [&](int round, int64_t i) {
      float weight[kWidth], dw[kWidth], db[kWidth];
      load_weights(weights, i, weight);
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        db[k] = widen(dy[round].at[k]);
        const float h = (widen(x[round].at[k]) - mean) * rstd, g = db[k] * weight[k];
        dw[k] = db[k] * h;
        total += g;
        projection += g * h;
      }
      add(0, round, dw);
      if constexpr (kCentred) add(1, round, db);
    });
    projection = reduce_warp(projection, Sum{}) / static_cast<float>(embed);
    total = kCentred ? reduce_warp(total, Sum{}) / static_cast<float>(embed) : 0;
    for_lane_packs<kWidth, kRounds>(embed, [&](int round, int64_t i) {
      float weight[kWidth], dx[kWidth];
      load_weights(weights, i, weight);
      Pack<T, kWidth> result;
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const float h = (widen(x[round].at[k]) - mean) * rstd;
        const float own = rstd * (widen(dy[round].at[k]) * weight[k] - total - h * projection);
        dx[k] = args.d == nullptr ? own : own + widen(d[round].at[k]);
        result.at[k] = narrow<T>(dx[k]);
      }
      if constexpr (kSummed) add(2, round, dx);
      store(args.dx, row + i, result);
    });
  }
  __syncthreads();
  for (int i = threadIdx.x; i < kSums * embed; i += kThreads) {
    const int which = i / static_cast<int>(embed), column = i % static_cast<int>(embed);
    const float* from = sums + Sums::place(which, column);
    float sum = 0;
    for (int w = 0; w < kWarps; ++w) sum += from[w * kWarpFloats];
    args.scratch[blockIdx.x * kSums * embed + i] = sum;
  }
}

// Rounds that cover a row, as the kernels are compiled for; 0: the row is long or its packs are
// not whole.
int rounds_of(const NormShape& shape) {
  const int64_t width = shape.type == Float::f32 ? 4 : 8;
  if (shape.embed % width != 0) return 0;
  const int64_t rounds = ceil_div(shape.embed, 32 * width);
  return rounds <= 3 ? 3 : rounds <= 4 ? 4 : rounds <= 8 ? 8 : 0;
}

// f(kRounds) for 3, 4 or 8.
template <class F>
void with_rounds(int rounds, F&& f) {
  if (rounds == 3) {
    f(std::integral_constant<int, 3>{});
  } else if (rounds == 4) {
    f(std::integral_constant<int, 4>{});
  } else {
    f(std::integral_constant<int, 8>{});
  }
}

// ---- Long rows: a block a row. ----

// A row a block. kWidth divides embed.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) norm_kernel(Norm args) {
  __shared__ float shared[33];
  const int64_t embed = args.shape.embed, row = blockIdx.x * embed;
  const FloatSource weight{args.weight, args.shape.weight_type};
  const FloatSource bias{args.bias, args.shape.weight_type};
  const void* x = args.x;
  float total = 0, squares = 0;
  for_each_pack<T, kWidth>(embed, [&](int64_t i) {
    Pack<T, kWidth> values = load<T, kWidth>(args.x, row + i);
    if (args.residual != nullptr) {
      const auto other = load<T, kWidth>(args.residual, row + i);
      for (int k = 0; k < kWidth; ++k)
        values.at[k] = narrow<T>(widen(values.at[k]) + widen(other.at[k]));
      store(args.sum, row + i, values);
    }
    for (int k = 0; k < kWidth; ++k) {
      const float value = widen(values.at[k]);
      total += value;
      squares += value * value;
    }
  });
  // Each thread reads back below what it wrote itself.
  if (args.residual != nullptr) x = args.sum;
  float mean = 0;
  if (args.shape.centred) {
    mean = reduce_block(total, shared, Sum{}) / static_cast<float>(embed);
    squares = 0;
    for_each_pack<T, kWidth>(embed, [&](int64_t i) {
      const auto values = load<T, kWidth>(x, row + i);
      for (int k = 0; k < kWidth; ++k) {
        const float centred = widen(values.at[k]) - mean;
        squares += centred * centred;
      }
    });
    __syncthreads();  // before `shared` is used again
  }
  squares = reduce_block(squares, shared, Sum{});
  const float rstd = 1 / sqrtf(squares / static_cast<float>(embed) + args.epsilon);
  for_each_pack<T, kWidth>(embed, [&](int64_t i) {
    auto values = load<T, kWidth>(x, row + i);
    for (int k = 0; k < kWidth; ++k) {
      float value = (widen(values.at[k]) - mean) * rstd * weight[i + k];
      if (args.shape.centred) value += bias[i + k];
      values.at[k] = narrow<T>(value);
    }
    store(args.y, row + i, values);
  });
  if (threadIdx.x == 0) {
    args.rstd[blockIdx.x] = rstd;
    if (args.shape.centred) args.mean[blockIdx.x] = mean;
  }
}

// With h = (x − mean) · rstd and g = dy · w: dx = rstd · (g − mean(g) − h · mean(g · h)) + d,
// without mean(g) where rows are not centred; dw = Σ dy · h; db = Σ dy.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) norm_grad_kernel(NormGrad args) {
  extern __shared__ float sums[];  // [embed] of dw, then of db, then of dx
  __shared__ float shared[33];
  const int64_t embed = args.shape.embed;
  const bool centred = args.shape.centred, summed = args.sum != nullptr;
  const FloatSource weight{args.weight, args.shape.weight_type};
  // Each thread has columns of its own, the same for every row.
  for_each_pack<T, kWidth>(embed, [&](int64_t i) {
    for (int k = 0; k < kWidth; ++k) {
      sums[i + k] = 0;
      if (centred) sums[embed + i + k] = 0;
      if (summed) sums[2 * embed + i + k] = 0;
    }
  });
  for (int64_t n = blockIdx.x; n < args.shape.rows; n += gridDim.x) {
    const int64_t row = n * embed;
    const float rstd = args.rstd[n], mean = centred ? args.mean[n] : 0;
    float total = 0, projection = 0;
    for_each_pack<T, kWidth>(embed, [&](int64_t i) {
      const auto dy = load<T, kWidth>(args.dy, row + i);
      const auto x = load<T, kWidth>(args.x, row + i);
      for (int k = 0; k < kWidth; ++k) {
        const float d = widen(dy.at[k]), h = (widen(x.at[k]) - mean) * rstd;
        const float g = d * weight[i + k];
        total += g;
        projection += g * h;
        sums[i + k] += d * h;
        if (centred) sums[embed + i + k] += d;
      }
    });
    projection = reduce_block(projection, shared, Sum{}) / static_cast<float>(embed);
    __syncthreads();
    if (centred) {
      total = reduce_block(total, shared, Sum{}) / static_cast<float>(embed);
      __syncthreads();
    } else {
      total = 0;
    }
    for_each_pack<T, kWidth>(embed, [&](int64_t i) {
      auto dy = load<T, kWidth>(args.dy, row + i);
      const auto x = load<T, kWidth>(args.x, row + i);
      Pack<T, kWidth> d;
      if (args.d != nullptr) d = load<T, kWidth>(args.d, row + i);
      for (int k = 0; k < kWidth; ++k) {
        const float h = (widen(x.at[k]) - mean) * rstd;
        const float own = rstd * (widen(dy.at[k]) * weight[i + k] - total - h * projection);
        dy.at[k] = narrow<T>(args.d == nullptr ? own : own + widen(d.at[k]));
        if (summed) sums[2 * embed + i + k] += widen(dy.at[k]);
      }
      store(args.dx, row + i, dy);
    });
  }
  const int64_t width = columns_of(args);
  for_each_pack<T, kWidth>(embed, [&](int64_t i) {
    for (int k = 0; k < kWidth; ++k) {
      args.scratch[blockIdx.x * width + i + k] = sums[i + k];
      if (centred) args.scratch[blockIdx.x * width + embed + i + k] = sums[embed + i + k];
      if (summed) args.scratch[blockIdx.x * width + 2 * embed + i + k] = sums[2 * embed + i + k];
    }
  });
}

// A column a warp: lanes take blocks in turn.
__global__ void __launch_bounds__(kThreads) sum_blocks(NormGrad args, int64_t blocks) {
  const int64_t embed = args.shape.embed, width = columns_of(args);
  const int64_t column = (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) / 32;
  if (column >= width) return;
  float sum = 0;
  for (int64_t block = threadIdx.x % 32; block < blocks; block += 32)
    sum += args.scratch[block * width + column];
  sum = reduce_warp(sum, Sum{});
  if (threadIdx.x % 32 != 0) return;
  if (column < embed) {
    FloatTarget{args.dweight, args.shape.weight_type}.set(column, sum);
  } else if (column < 2 * embed) {
    FloatTarget{args.dbias, args.shape.weight_type}.set(column - embed, sum);
  } else {
    args.sum[column - 2 * embed] = sum;
  }
}

int64_t grad_blocks(const NormShape& shape) {
  const int64_t rows_together = rounds_of(shape) == 0 ? 1 : kWarps;
  return std::min(ceil_div(shape.rows, rows_together), kMostGradBlocks);
}

int threads_for(int64_t packs) {
  return static_cast<int>(std::clamp<int64_t>(ceil_div(packs, 32) * 32, 32, kThreads));
}

// f(element, width) with the widest packs that divide a row.
template <class F>
void with_packs(const NormShape& shape, F&& f) {
  with_float(shape.type, [&](auto element) {
    constexpr int kWidth = kPackWidth<decltype(element)>;
    if (shape.embed % kWidth == 0) {
      f(element, std::integral_constant<int, kWidth>{});
    } else {
      f(element, std::integral_constant<int, 1>{});
    }
  });
}

}  // namespace

void norm(cudaStream_t stream, const Norm& args) {
  if (args.shape.rows == 0) return;
  if (const int rounds = rounds_of(args.shape); rounds != 0) {
    with_float(args.shape.type, [&](auto element) {
      with_rounds(rounds, [&](auto count) {
        norm_short_kernel<decltype(element), count.value>
            <<<static_cast<unsigned>(ceil_div(args.shape.rows, kWarps)), kThreads, 0, stream>>>(
                args);
      });
    });
    return;
  }
  with_packs(args.shape, [&](auto element, auto width) {
    norm_kernel<decltype(element), width.value>
        <<<static_cast<unsigned>(args.shape.rows), threads_for(args.shape.embed / width.value), 0,
           stream>>>(args);
  });
}

int64_t norm_grad_scratch_bytes(const NormShape& shape) {
  return grad_blocks(shape) * shape.embed * (shape.centred ? 3 : 1) *
         static_cast<int64_t>(sizeof(float));
}

void norm_grad(cudaStream_t stream, const NormGrad& args) {
  const int64_t blocks = grad_blocks(args.shape);
  const int64_t width = columns_of(args);
  const auto shared = static_cast<int>(width * static_cast<int64_t>(sizeof(float)));
  if (const int rounds = rounds_of(args.shape); blocks > 0 && rounds != 0) {
    with_float(args.shape.type, [&](auto element) {
      with_rounds(rounds, [&](auto count) {
        using T = decltype(element);
        const auto enqueue = [&](auto sums) {
          constexpr int kBytes =
              kWarps * sums.value * 4 * WarpSums<kPackWidth<T>, count.value>::kColumns;
          const auto kernel = norm_grad_short_kernel<T, count.value, sums.value>;
          cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
          kernel<<<static_cast<unsigned>(blocks), kThreads, kBytes, stream>>>(args);
        };
        if (args.sum != nullptr) {
          enqueue(std::integral_constant<int, 3>{});
        } else if (args.shape.centred) {
          enqueue(std::integral_constant<int, 2>{});
        } else {
          enqueue(std::integral_constant<int, 1>{});
        }
      });
    });
  } else if (blocks > 0) {
    with_packs(args.shape, [&](auto element, auto pack) {
      const auto kernel = norm_grad_kernel<decltype(element), pack.value>;
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared);
      kernel<<<static_cast<unsigned>(blocks), threads_for(args.shape.embed / pack.value),
               static_cast<size_t>(shared), stream>>>(args);
    });
  }
  sum_blocks<<<static_cast<unsigned>(ceil_div(width * 32, kThreads)), kThreads, 0, stream>>>(
      args, blocks);
}

}  // namespace lmos::cuda
