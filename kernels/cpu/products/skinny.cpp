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

// y[row …, output …] of `rows` rows and `vectors` vectors of outputs, the last one `last`.
template <class T, int rows, int vectors, class Last>
LMOS_INLINE void transposed_tile(const Skinny& args, int64_t row, int64_t output, Last last) {
  constexpr int64_t kWidth = F32::kWidth;
  // Rows of w are far apart in memory, where the hardware does not see them coming.
  constexpr int64_t kRowsAhead = 16 / vectors + 4;
  const T* x = static_cast<const T*>(args.x) + row * args.inputs;
  const T* w = static_cast<const T*>(args.w) + output;
  F32 total[rows][vectors];
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v) total[r][v] = F32::zero();
  }
  for (int64_t i = 0; i < args.inputs; ++i, w += args.outputs) {
    F32 weights[vectors];
    for (int v = 0; v < vectors; ++v) {
      if (row == 0) __builtin_prefetch(w + kRowsAhead * args.outputs + v * kWidth);
      weights[v] = v + 1 < vectors ? load(w + v * kWidth, Full{}) : load(w + v * kWidth, last);
    }
    for (int r = 0; r < rows; ++r) {
      const F32 left = F32::set(to_f32(x[r * args.inputs + i]));
      for (int v = 0; v < vectors; ++v) total[r][v] = fma(left, weights[v], total[r][v]);
    }
  }
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v) {
      float values[kWidth];
      total[r][v].store(values);
      const int64_t first = output + v * kWidth, end = smaller(args.outputs, first + kWidth);
      for (int64_t o = first; o < end; ++o)
        put(args, row + r, o, values[o - first] + bias_at(args, o));
    }
  }
}

// Outputs [begin, end) for all rows.
template <class T, int rows, int vectors>
void transposed_outputs(const Skinny& args, int64_t begin, int64_t end) {
  constexpr int64_t kWidth = F32::kWidth;
  const auto all_rows = [&]<int count>(Type<int[count]>, int64_t output, auto last) {
    int64_t row = 0;
    for (; row + rows <= args.rows; row += rows)
      transposed_tile<T, rows, count>(args, row, output, last);
    if constexpr (rows > 1) {
      for (; row < args.rows; ++row) transposed_tile<T, 1, count>(args, row, output, last);
    }
  };
  int64_t output = begin;
  for (; output + vectors * kWidth <= end; output += vectors * kWidth)
    all_rows(Type<int[vectors]>{}, output, Full{});
  for (; output + kWidth <= end; output += kWidth) all_rows(Type<int[1]>{}, output, Full{});
  if (output < end) all_rows(Type<int[1]>{}, output, Part{static_cast<int>(end - output)});
}

template <class T>
void some_transposed_outputs(const Skinny& args, int64_t begin, int64_t end) {
  constexpr bool kWide = F32::kWidth == 16;
  if (args.rows == 1) return transposed_outputs < T, 1, kWide ? 16 : 8 > (args, begin, end);
  if (args.rows < 4) return transposed_outputs < T, 2, kWide ? 8 : 4 > (args, begin, end);
  return transposed_outputs < T, 4, kWide ? 4 : 2 > (args, begin, end);
}

void skinny(const Parallel& parallel, const Skinny& args) {
  // Outputs; threads get multiples of it.
  const int64_t group = args.transposed ? 16 * F32::kWidth : 16;
  const int64_t groups = (args.outputs + group - 1) / group;
  const int64_t grain = larger(1, 32768 / larger(1, group * args.inputs));
  with_type(args.type, [&]<class T>(Type<T>) {
    for_range(parallel, groups, grain, [&](int64_t begin, int64_t end, int32_t) {
      const int64_t first = begin * group, last = smaller(args.outputs, end * group);
      if (args.transposed) {
        some_transposed_outputs<T>(args, first, last);
      } else {
        some_outputs<T>(args, first, last);
      }
    });
  });
}

}  // namespace

extern const SkinnyKernels skinny_kernels;
const SkinnyKernels skinny_kernels{skinny};

}  // namespace lmos::cpu::LMOS_ISA
