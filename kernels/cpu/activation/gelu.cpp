#include "cpu/activation/gelu.h"

#include "cpu/simd/math.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

constexpr int64_t kGrain = 4096;  // elements

constexpr float kTanhScale = 0.797884560802865356f;  // √(2/π)
constexpr float kCubic = 0.044715f;
constexpr float kRootHalf = 0.707106781186547524f;
constexpr float kDensity = 0.398942280401432678f;  // 1/√(2π)

struct Exact {
  // Φ(x)
  LMOS_INLINE static F32 weight(F32 x) {
    const F32 half = F32::set(0.5f);
    return fma(erf(x * F32::set(kRootHalf)), half, half);
  }
  // Φ(x) + x φ(x)
  LMOS_INLINE static F32 slope(F32 x) {
    const F32 density = exp(x * x * F32::set(-0.5f)) * F32::set(kDensity);
    return fma(x, density, weight(x));
  }
};

struct ByTanh {
  LMOS_INLINE static F32 squashed(F32 x, F32 square) {
    return tanh(x * F32::set(kTanhScale) * fma(square, F32::set(kCubic), F32::set(1.f)));
  }
  LMOS_INLINE static F32 weight(F32 x) {
    const F32 half = F32::set(0.5f);
    return fma(squashed(x, x * x), half, half);
  }
  // ½ (1 + t) + ½ x (1 − t²) √(2/π) (1 + 3 · 0.044715 x²)
  LMOS_INLINE static F32 slope(F32 x) {
    const F32 half = F32::set(0.5f), square = x * x;
    const F32 t = squashed(x, square);
    const F32 inner = fma(square, F32::set(3 * kCubic * kTanhScale), F32::set(kTanhScale)) * half;
    return fma(x * fnma(t, t, F32::set(1.f)), inner, fma(t, half, half));
  }
};

// body(Exact) or body(ByTanh).
template <class Body>
void with_form(bool approximate, const Body& body) {
  if (approximate) {
    body(ByTanh{});
  } else {
    body(Exact{});
  }
}

void gelu(const Parallel& parallel, const Gelu& args) {
  with_type(args.type, [&]<class T>(Type<T>) {
    with_form(args.approximate, [&]<class Form>(Form) {
      for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
        const T* x = static_cast<const T*>(args.x) + begin;
        T* y = static_cast<T*>(args.y) + begin;
        vectors(end - begin, [&](int64_t i, auto lanes) {
          const F32 value = load(x + i, lanes);
          store(y + i, value * Form::weight(value), lanes);
        });
      });
    });
  });
}

void gelu_grad(const Parallel& parallel, const GeluGrad& args) {
  with_type(args.type, [&]<class T>(Type<T>) {
    with_form(args.approximate, [&]<class Form>(Form) {
      for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
        const T* dy = static_cast<const T*>(args.dy) + begin;
        const T* x = static_cast<const T*>(args.x) + begin;
        T* dx = static_cast<T*>(args.dx) + begin;
        vectors(end - begin, [&](int64_t i, auto lanes) {
          store(dx + i, load(dy + i, lanes) * Form::slope(load(x + i, lanes)), lanes);
        });
      });
    });
  });
}

}  // namespace

extern const GeluKernels gelu_kernels;
const GeluKernels gelu_kernels{gelu, gelu_grad};

}  // namespace lmos::cpu::LMOS_ISA
