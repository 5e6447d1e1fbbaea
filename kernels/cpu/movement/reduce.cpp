#include "cpu/movement/reduce.h"

#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

constexpr float kLowest = -__builtin_inff();

template <class T, bool is_maximum>
float reduce_row(const T* x, int64_t count) {
  F32 total = F32::set(is_maximum ? kLowest : 0.f);
  int64_t i = 0;
  for (; i + F32::kWidth <= count; i += F32::kWidth) {
    const F32 value = F32::load(x + i);
    total = is_maximum ? maximum(total, value) : total + value;
  }
  float result = is_maximum ? largest(total) : sum(total);
  for (; i < count; ++i) {
    const float value = to_f32(x[i]);
    if (is_maximum) {
      result = value > result ? value : result;
    } else {
      result += value;
    }
  }
  return result;
}

template <class T, bool is_maximum>
void reduce_as(const Parallel& parallel, const ReduceArgs& args) {
  const T* x = static_cast<const T*>(args.x);
  T* y = static_cast<T*>(args.y);
  const int64_t grain = larger(1, 16384 / larger(1, args.reduced));
  if (args.inner == 1) {
    for_range(parallel, args.outer, grain, [&](int64_t begin, int64_t end, int32_t) {
      for (int64_t o = begin; o < end; ++o) {
        from_f32(reduce_row<T, is_maximum>(x + o * args.reduced, args.reduced), y[o]);
      }
    });
    return;
  }
  // Columns in groups of whole vectors; each is summed in order of r.
  constexpr int64_t kColumns = 64;
  const int64_t groups = (args.inner + kColumns - 1) / kColumns;
  for_range(parallel, args.outer * groups, larger(1, grain / kColumns),
            [&](int64_t begin, int64_t end, int32_t) {
              for (int64_t task = begin; task < end; ++task) {
                const int64_t o = task / groups, first = task % groups * kColumns;
                const T* from = x + o * args.reduced * args.inner + first;
                T* to = y + o * args.inner + first;
                vectors(smaller(kColumns, args.inner - first), [&](int64_t i, auto lanes) {
                  F32 total = F32::set(is_maximum ? kLowest : 0.f);
                  for (int64_t r = 0; r < args.reduced; ++r) {
                    const F32 value = load(from + r * args.inner + i, lanes);
                    total = is_maximum ? maximum(total, value) : total + value;
                  }
                  store(to + i, total, lanes);
                });
              }
            });
}

void reduce(const Parallel& parallel, const ReduceArgs& args) {
  with_type(args.type, [&]<class T>(Type<T>) {
    if (args.maximum) {
      reduce_as<T, true>(parallel, args);
    } else {
      reduce_as<T, false>(parallel, args);
    }
  });
}

}  // namespace

extern const ReduceKernels reduce_kernels;
const ReduceKernels reduce_kernels{reduce};

}  // namespace lmos::cpu::LMOS_ISA
