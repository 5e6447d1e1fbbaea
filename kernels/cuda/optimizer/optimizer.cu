#include "cuda/optimizer/optimizer.h"

#include <algorithm>

#include "cuda/element.cuh"

namespace lmos::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int64_t kPiece = 32768;  // elements a block sums
constexpr int kPartsALaunch = 64;  // a kernel's arguments have at most 4096 bytes

struct Parts {
  NormPart part[kPartsALaunch];
  int64_t first_piece[kPartsALaunch + 1];
  int32_t count;
};

template <class T>
__device__ float sum_of_squares(const T* x, int64_t count) {
  constexpr int kWidth = kPackWidth<T>;
  float sum = 0;
  const int64_t whole = count / kWidth;
  for (int64_t i = threadIdx.x; i < whole; i += kThreads) {
    const auto pack = reinterpret_cast<const Pack<T, kWidth>*>(x)[i];
#pragma unroll
    for (int k = 0; k < kWidth; ++k) sum += widen(pack.at[k]) * widen(pack.at[k]);
  }
  for (int64_t i = whole * kWidth + threadIdx.x; i < count; i += kThreads)
    sum += widen(x[i]) * widen(x[i]);
  return sum;
}

__global__ void __launch_bounds__(kThreads)
    square_pieces(const __grid_constant__ Parts parts, double* partial) {
  __shared__ double shared[33];
  const int64_t piece = blockIdx.x;
  int part = 0;
  while (part + 1 < parts.count && piece >= parts.first_piece[part + 1]) ++part;
  const int64_t begin = (piece - parts.first_piece[part]) * kPiece;
  const NormPart& from = parts.part[part];
  const int64_t count = min(kPiece, from.count - begin);
  const float sum = from.type == Float::f32
                        ? sum_of_squares(static_cast<const float*>(from.data) + begin, count)
                    : from.type == Float::bf16
                        ? sum_of_squares(static_cast<const bf16*>(from.data) + begin, count)
                        : sum_of_squares(static_cast<const f16*>(from.data) + begin, count);
  const double total = reduce_block(static_cast<double>(sum), shared, Sum{});
  if (threadIdx.x == 0) partial[piece] = total;
}

__global__ void __launch_bounds__(kThreads)
    root_of_sum(const double* partial, int64_t count, float* norm) {
  __shared__ double shared[33];
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += kThreads) sum += partial[i];
  sum = reduce_block(sum, shared, Sum{});
  if (threadIdx.x == 0) *norm = static_cast<float>(sqrt(sum));
}

template <class P, class M, class G>
__global__ void __launch_bounds__(kThreads) adamw_kernel(AdamW args) {
  constexpr int kWidth = kPackWidth<P, M, G>;
  const float lr = args.hyper[0], beta1 = args.hyper[1], beta2 = args.hyper[2];
  const float epsilon = args.hyper[3], clip = *args.clip;
  if (!isfinite(clip)) return;
  const float keep = args.decay ? 1 - lr * args.hyper[4] : 1;
  const float step = lr / args.hyper[5], root = 1 / sqrtf(args.hyper[6]);
  const auto update = [&](P& parameter, M& first, M& second, G gradient) {
    const float g = clip * widen(gradient);
    const float m = beta1 * widen(first) + (1 - beta1) * g;
    const float v = beta2 * widen(second) + (1 - beta2) * g * g;
    parameter = narrow<P>(widen(parameter) * keep - step * m / (sqrtf(v) * root + epsilon));
    first = narrow<M>(m);
    second = narrow<M>(v);
  };
  auto* parameter = static_cast<P*>(args.parameter);
  auto* m = static_cast<M*>(args.m);
  auto* v = static_cast<M*>(args.v);
  const auto* gradient = static_cast<const G*>(args.gradient);
  const int64_t first = (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) * kWidth;
  if (first + kWidth <= args.count) {
    auto& p_place = *reinterpret_cast<Pack<P, kWidth>*>(parameter + first);
    auto& m_place = *reinterpret_cast<Pack<M, kWidth>*>(m + first);
    auto& v_place = *reinterpret_cast<Pack<M, kWidth>*>(v + first);
    auto p_pack = p_place;
    auto m_pack = m_place;
    auto v_pack = v_place;
    const auto g_pack = *reinterpret_cast<const Pack<G, kWidth>*>(gradient + first);
#pragma unroll
    for (int k = 0; k < kWidth; ++k) update(p_pack.at[k], m_pack.at[k], v_pack.at[k], g_pack.at[k]);
    p_place = p_pack;
    m_place = m_pack;
    v_place = v_pack;
  } else {
    for (int64_t i = first; i < args.count; ++i) update(parameter[i], m[i], v[i], gradient[i]);
  }
}

}  // namespace

int64_t global_norm_scratch_bytes(std::span<const int64_t> counts) {
  int64_t pieces = 0;
  for (const int64_t count : counts) pieces += ceil_div(count, kPiece);
  return std::max<int64_t>(1, pieces) * static_cast<int64_t>(sizeof(double));
}

void global_norm(cudaStream_t stream, std::span<const NormPart> parts, float* norm, void* scratch) {
  auto* partial = static_cast<double*>(scratch);
  int64_t done = 0;
  for (size_t first = 0; first < parts.size(); first += kPartsALaunch) {
    Parts some{};
    int64_t pieces = 0;
    for (const NormPart& part :
         parts.subspan(first, std::min<size_t>(kPartsALaunch, parts.size() - first))) {
      if (part.count == 0) continue;
      some.part[some.count] = part;
      some.first_piece[some.count++] = pieces;
      pieces += ceil_div(part.count, kPiece);
    }
    if (pieces == 0) continue;
    square_pieces<<<static_cast<unsigned>(pieces), kThreads, 0, stream>>>(some, partial + done);
    done += pieces;
  }
  root_of_sum<<<1, kThreads, 0, stream>>>(partial, done, norm);
}

void adamw(cudaStream_t stream, const AdamW& args) {
  if (args.count == 0) return;
  with_float(args.parameter_type, [&](auto parameter) {
    with_float(args.moment_type, [&](auto moment) {
      with_float(args.gradient_type, [&](auto gradient) {
        using P = decltype(parameter);
        using M = decltype(moment);
        using G = decltype(gradient);
        const auto blocks =
            static_cast<unsigned>(ceil_div(args.count, int64_t{kThreads} * kPackWidth<P, M, G>));
        adamw_kernel<P, M, G><<<blocks, kThreads, 0, stream>>>(args);
      });
    });
  });
}

}  // namespace lmos::cuda
