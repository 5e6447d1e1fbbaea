#include "cpu/products/skinny.h"

#include "cpu/simd/dot.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

LMOS_INLINE float bias_at(const Skinny& args, int64_t output) {
  if (args.bias == nullptr) return 0;
  return args.bias_type == Float::f32 ? static_cast<const float*>(args.bias)[output]
                                      : to_f32(static_cast<const bf16*>(args.bias)[output]);
}

LMOS_INLINE void put(const Skinny& args, int64_t row, int64_t output, float value) {
  const int64_t at = row * args.outputs + output;
  if (args.result_type == Float::f32) {
    static_cast<float*>(args.y)[at] = value;
  } else {
    static_cast<bf16*>(args.y)[at] = to_bf16(value);
  }
}

// y[r, o] for `rows` rows of x and `outputs` rows of w. While these rows of w are used, the second
// level cache is asked for the next ones, in the order of memory: one stream from end to end is
// what memory delivers fastest, and reading rows side by side alone would be as many streams as
// rows.
template <class T, int rows, int outputs>
LMOS_INLINE void tile(const Skinny& args, int64_t row, int64_t output) {
  using D = Dot<T>;
  const int64_t inputs = args.inputs;
  const T* x = static_cast<const T*>(args.x) + row * inputs;
  const T* w = static_cast<const T*>(args.w) + output * inputs;
  const char* next = reinterpret_cast<const char*>(w + outputs * inputs);
  constexpr int64_t kAskedFor = outputs * D::kStep * sizeof(T);
  F32 total[rows][outputs];
  for (int r = 0; r < rows; ++r) {
    for (int o = 0; o < outputs; ++o) total[r][o] = F32::zero();
  }
  int64_t i = 0;
  for (; i + D::kStep <= inputs; i += D::kStep) {
    typename D::Values weights[outputs];
    if (row == 0) {
      for (int64_t line = 0; line < kAskedFor; line += 64) __builtin_prefetch(next + line, 0, 2);
      next += kAskedFor;
    }
    for (int o = 0; o < outputs; ++o) weights[o] = D::values(w + o * inputs + i);
    for (int r = 0; r < rows; ++r) {
      const typename D::Values left = D::values(x + r * inputs + i);
      for (int o = 0; o < outputs; ++o) total[r][o] = D::add(total[r][o], left, weights[o]);
    }
  }
  if (i < inputs) {
    const int rest = static_cast<int>(inputs - i);
    for (int r = 0; r < rows; ++r) {
      const typename D::Values left = D::values_part(x + r * inputs + i, rest);
      for (int o = 0; o < outputs; ++o) {
        total[r][o] = D::add(total[r][o], left, D::values_part(w + o * inputs + i, rest));
      }
    }
  }
  for (int r = 0; r < rows; ++r) {
    for (int o = 0; o < outputs; ++o) {
      put(args, row + r, output + o, sum(total[r][o]) + bias_at(args, output + o));
    }
  }
}

// Outputs [begin, end) for all rows, `rows` of them at a time. Accumulators set the bound on a
// tile: most of 32 registers with AVX-512, else of 16.
template <class T, int rows, int outputs>
void many_outputs(const Skinny& args, int64_t begin, int64_t end) {
  const auto all_rows = [&]<int count>(Type<int[count]>, int64_t output) {
    int64_t row = 0;
    for (; row + rows <= args.rows; row += rows) tile<T, rows, count>(args, row, output);
    if constexpr (rows > 1) {
      for (; row < args.rows; ++row) tile<T, 1, count>(args, row, output);
    }
  };
  int64_t output = begin;
  for (; output + outputs <= end; output += outputs) all_rows(Type<int[outputs]>{}, output);
  for (; output < end; ++output) all_rows(Type<int[1]>{}, output);
}

template <class T>
void some_outputs(const Skinny& args, int64_t begin, int64_t end) {
  constexpr bool kWide = F32::kWidth == 16;
  switch (args.rows) {
    case 1:
      return many_outputs<T, 1, 8>(args, begin, end);
    case 2:
      return many_outputs < T, 2, kWide ? 8 : 4 > (args, begin, end);
    case 3:
      return many_outputs < T, 3, kWide ? 8 : 3 > (args, begin, end);
    default:
      return many_outputs < T, 4, kWide ? 6 : 2 > (args, begin, end);
  }
}

void skinny(const Parallel& parallel, const Skinny& args) {
  constexpr int64_t kGroup = 16;  // outputs; threads get multiples of it
  const int64_t groups = (args.outputs + kGroup - 1) / kGroup;
  const int64_t grain = larger(1, 32768 / larger(1, kGroup * args.inputs));
  with_type(args.type, [&]<class T>(Type<T>) {
    for_range(parallel, groups, grain, [&](int64_t begin, int64_t end, int32_t) {
      some_outputs<T>(args, begin * kGroup, smaller(args.outputs, end * kGroup));
    });
  });
}

}  // namespace

extern const SkinnyKernels skinny_kernels;
const SkinnyKernels skinny_kernels{skinny};

}  // namespace lmos::cpu::LMOS_ISA
