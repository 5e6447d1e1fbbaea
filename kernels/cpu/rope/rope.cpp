#include "cpu/rope/rope.h"

#include "cpu/simd/math.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

constexpr int64_t kPairs = 128;  // angles held at once

template <class T>
void rotate_token(const Rope& args, int64_t token) {
  const int64_t half = args.dim / 2;
  const T* x = static_cast<const T*>(args.x) + token * args.heads * args.dim;
  T* y = static_cast<T*>(args.y) + token * args.heads * args.dim;
  const F32 position = F32::set(static_cast<float>(args.positions[token]));
  const F32 direction = F32::set(args.inverse ? -1.f : 1.f);
  alignas(64) float cosines[kPairs], sines[kPairs];
  for (int64_t first = 0; first < half; first += kPairs) {
    const int64_t count = smaller(kPairs, half - first);
    vectors(count, [&](int64_t i, auto lanes) {
      const SinCos angle = sin_cos(position * load(args.frequencies + first + i, lanes));
      store(cosines + i, angle.cos, lanes);
      store(sines + i, angle.sin * direction, lanes);
    });
    for (int64_t head = 0; head < args.heads; ++head) {
      const T* low = x + head * args.dim + first;
      T* out = y + head * args.dim + first;
      vectors(count, [&](int64_t i, auto lanes) {
        const F32 c = load(cosines + i, lanes), s = load(sines + i, lanes);
        const F32 a = load(low + i, lanes), b = load(low + half + i, lanes);
        store(out + i, fnma(b, s, a * c), lanes);
        store(out + half + i, fma(a, s, b * c), lanes);
      });
    }
  }
}

void rope(const Parallel& parallel, const Rope& args) {
  const int64_t grain = larger(1, 8192 / larger(1, args.heads * args.dim));
  with_type(args.type, [&]<class T>(Type<T>) {
    for_range(parallel, args.tokens, grain, [&](int64_t begin, int64_t end, int32_t) {
      for (int64_t token = begin; token < end; ++token) rotate_token<T>(args, token);
    });
  });
}

}  // namespace

extern const RopeKernels rope_kernels;
const RopeKernels rope_kernels{rope};

}  // namespace lmos::cpu::LMOS_ISA
