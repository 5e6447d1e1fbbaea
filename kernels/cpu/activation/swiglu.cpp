#include "cpu/activation/swiglu.h"

#include "cpu/simd/math.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

constexpr int64_t kGrain = 4096;  // elements

void swiglu(const Parallel& parallel, const Swiglu& args) {
  with_type(args.type, [&]<class T>(Type<T>) {
    for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
      const T* gate = static_cast<const T*>(args.gate) + begin;
      const T* up = static_cast<const T*>(args.up) + begin;
      T* y = static_cast<T*>(args.y) + begin;
      vectors(end - begin, [&](int64_t i, auto lanes) {
        const F32 g = load(gate + i, lanes);
        store(y + i, g * sigmoid(g) * load(up + i, lanes), lanes);
      });
    });
  });
}

void swiglu_grad(const Parallel& parallel, const SwigluGrad& args) {
  with_type(args.type, [&]<class T>(Type<T>) {
    for_range(parallel, args.count, kGrain, [&](int64_t begin, int64_t end, int32_t) {
      const T* dy = static_cast<const T*>(args.dy) + begin;
      const T* gate = static_cast<const T*>(args.gate) + begin;
      const T* up = static_cast<const T*>(args.up) + begin;
      T* dgate = static_cast<T*>(args.dgate) + begin;
      T* dup = static_cast<T*>(args.dup) + begin;
      vectors(end - begin, [&](int64_t i, auto lanes) {
        const F32 d = load(dy + i, lanes), g = load(gate + i, lanes), u = load(up + i, lanes);
        const F32 s = sigmoid(g);
        const F32 silu = g * s;
        // silu' = s + silu · (1 − s)
        const F32 slope = fma(silu, F32::set(1.f) - s, s);
        store(dgate + i, d * u * slope, lanes);
        store(dup + i, d * silu, lanes);
      });
    });
  });
}

}  // namespace

extern const ActivationKernels activation_kernels;
const ActivationKernels activation_kernels{swiglu, swiglu_grad};

}  // namespace lmos::cpu::LMOS_ISA
