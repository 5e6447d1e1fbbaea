#include "cpu/optimizer/optimizer.h"

#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

template <class P, class M, class G>
void update(const Adamw& args, int64_t begin, int64_t end) {
  P* parameter = static_cast<P*>(args.parameter) + begin;
  M* m = static_cast<M*>(args.m) + begin;
  M* v = static_cast<M*>(args.v) + begin;
  const G* gradient = static_cast<const G*>(args.gradient) + begin;
  const float rate = args.hyper[0], beta1 = args.hyper[1], beta2 = args.hyper[2];
  const F32 keep = F32::set(args.decay ? 1.f - rate * args.hyper[4] : 1.f);
  const F32 epsilon = F32::set(args.hyper[3]);
  const F32 step = F32::set(rate / args.hyper[5]);
  const F32 unbias = F32::set(1.f / __builtin_sqrtf(args.hyper[6]));
  const F32 b1 = F32::set(beta1), b2 = F32::set(beta2);
  const F32 c1 = F32::set(1.f - beta1), c2 = F32::set(1.f - beta2);
  const F32 clip = F32::set(*args.clip);
  vectors(end - begin, [&](int64_t i, auto lanes) {
    const F32 g = load(gradient + i, lanes) * clip;
    const F32 mean = fma(b1, load(m + i, lanes), c1 * g);
    const F32 square = fma(b2, load(v + i, lanes), c2 * g * g);
    const F32 denominator = fma(sqrt(square), unbias, epsilon);
    const F32 decayed = load(parameter + i, lanes) * keep;
    store(m + i, mean, lanes);
    store(v + i, square, lanes);
    store(parameter + i, fnma(step, mean / denominator, decayed), lanes);
  });
}

void adamw(const Parallel& parallel, const Adamw& args) {
  if (!__builtin_isfinite(*args.clip)) return;
  with_type(args.parameter_type, [&]<class P>(Type<P>) {
    with_type(args.moment_type, [&]<class M>(Type<M>) {
      with_type(args.gradient_type, [&]<class G>(Type<G>) {
        for_range(parallel, args.count, 4096,
                  [&](int64_t begin, int64_t end, int32_t) { update<P, M, G>(args, begin, end); });
      });
    });
  });
}

template <class T>
double piece_sum(const T* x, int64_t count) {
  F32 squares[4] = {F32::zero(), F32::zero(), F32::zero(), F32::zero()};
  int64_t i = 0;
  for (; i + 4 * F32::kWidth <= count; i += 4 * F32::kWidth) {
    for (int k = 0; k < 4; ++k) {
      const F32 value = F32::load(x + i + k * F32::kWidth);
      squares[k] = fma(value, value, squares[k]);
    }
  }
  vectors(count - i, [&](int64_t k, auto lanes) {
    const F32 value = load(x + i + k, lanes);
    squares[0] = fma(value, value, squares[0]);
  });
  return static_cast<double>(sum((squares[0] + squares[1]) + (squares[2] + squares[3])));
}

void sum_of_squares(const Parallel& parallel, const SumOfSquares& args) {
  const int64_t pieces = (args.count + kNormPiece - 1) / kNormPiece;
  with_type(args.type, [&]<class T>(Type<T>) {
    const T* x = static_cast<const T*>(args.x);
    for_range(parallel, pieces, 4, [&](int64_t begin, int64_t end, int32_t) {
      for (int64_t piece = begin; piece < end; ++piece) {
        const int64_t first = piece * kNormPiece;
        args.partial[piece] = piece_sum(x + first, smaller(kNormPiece, args.count - first));
      }
    });
  });
}

}  // namespace

extern const OptimizerKernels optimizer_kernels;
const OptimizerKernels optimizer_kernels{adamw, sum_of_squares};

}  // namespace lmos::cpu::LMOS_ISA
