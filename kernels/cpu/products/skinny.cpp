#include "cpu/products/skinny.h"

#include "cpu/products/skinny_rows.h"
#include "cpu/products/widen.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

// One row of y. While the rows of w are used, the second level cache is asked for the next ones, in
// the order of memory: one stream from end to end is what memory delivers fastest, and reading rows
// side by side alone would be as many streams as rows.
template <class T, int outputs>
LMOS_INLINE void row_tile(const Skinny& args, WeightRows<T> weights, int64_t output) {
  const int64_t steps = steps_of<T>(args.inputs);
  const T* w = weights.of(output, args.inputs);
  AskedFor asked{reinterpret_cast<const char*>(w + outputs * args.inputs), outputs};
  if (weights.next != nullptr) asked = {weights.next, larger(1, outputs / int{sizeof(T)})};
  F32 total[1][outputs];
  for (int o = 0; o < outputs; ++o) total[0][o] = F32::zero();
  const int rest = static_cast<int>(args.inputs % Dot<T>::kStep);
  add_block<T, 1, outputs>(total, static_cast<const T*>(args.x), w, args.inputs, steps, rest,
                           asked);
  for (int o = 0; o < outputs; ++o) put_result(args, 0, output + o, sum(total[0][o]));
}

template <class T>
void one_row(const Skinny& args, WeightRows<T> weights, int64_t begin, int64_t end) {
  int64_t output = begin;
  for (; output + 8 <= end; output += 8) row_tile<T, 8>(args, weights, output);
  for (; output < end; ++output) row_tile<T, 1>(args, weights, output);
}

// Outputs [begin, end) of all rows; `scratch` of panel_bytes(args).
template <class T>
void some_outputs(const Skinny& args, WeightRows<T> weights, void* scratch, int64_t begin,
                  int64_t end) {
  if (args.rows == 1) {
    one_row<T>(args, weights, begin, end);
  } else {
    row_panels<T>(args, weights, scratch, begin, end);
  }
}

// Rows of one-byte weights that are widened at once, into the caches: for one row of x, those of a
// tile, so that memory delivers the next ones meanwhile.
int64_t widened_outputs(const Skinny& args) {
  constexpr int64_t kBytes = 128 << 10, kLeast = 8, kMost = 48;
  if (args.rows == 1) return kLeast;
  const int64_t fit = kBytes / larger(1, args.inputs * bytes_of(args.type));
  return smaller(larger(fit / kLeast * kLeast, kLeast), kMost);
}

int64_t widened_bytes(const Skinny& args) {
  return args.format == WeightFormat::same
             ? 0
             : round_up(widened_outputs(args) * args.inputs * bytes_of(args.type), kLine);
}

// As some_outputs, of weights of one byte; `scratch` of thread_bytes(args).
template <class T>
void some_widened_outputs(const Skinny& args, char* scratch, int64_t begin, int64_t end) {
  const int64_t most = widened_outputs(args);
  T* widened = reinterpret_cast<T*>(scratch);
  for (int64_t first = begin; first < end; first += most) {
    const int64_t last = smaller(end, first + most);
    const char* const q = static_cast<const char*>(args.w);
    widen_weights(args.format, q + first * args.inputs, (last - first) * args.inputs, widened);
    some_outputs<T>(args, {widened, first, q + last * args.inputs}, scratch + widened_bytes(args),
                    first, last);
  }
}

// Bytes of scratch of one thread.
int64_t thread_bytes(const Skinny& args) {
  return widened_bytes(args) + (args.rows == 1 ? 0 : panel_bytes(args));
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
      for (int64_t o = first; o < end; ++o) put_result(args, row + r, o, values[o - first]);
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
    for_range(parallel, groups, grain, [&](int64_t begin, int64_t end, int32_t thread) {
      const int64_t first = begin * group, last = smaller(args.outputs, end * group);
      if (args.transposed) {
        some_transposed_outputs<T>(args, first, last);
        return;
      }
      char* const scratch = static_cast<char*>(args.scratch) + thread * thread_bytes(args);
      if (args.format == WeightFormat::same) {
        some_outputs<T>(args, {static_cast<const T*>(args.w), 0}, scratch, first, last);
      } else {
        some_widened_outputs<T>(args, scratch, first, last);
      }
    });
  });
}

int64_t scratch_bytes(const Skinny& args, int32_t threads) {
  return args.transposed ? 0 : threads * thread_bytes(args);
}

}  // namespace

extern const SkinnyKernels skinny_kernels;
const SkinnyKernels skinny_kernels{skinny, scratch_bytes};

}  // namespace lmos::cpu::LMOS_ISA
