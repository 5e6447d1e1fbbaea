#include "cpu/products/skinny.h"

#include "cpu/products/compact.h"
#include "cpu/products/skinny_rows.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

// One row of y. While the rows of w are used, the second level cache is asked for `next`, the bytes
// of the next ones, in the order of memory: one stream from end to end is what memory delivers
// fastest, and reading rows side by side alone would be as many streams as rows.
template <class T, int outputs>
LMOS_INLINE void row_tile(const Skinny& args, const T* w, int64_t output, AskedFor next) {
  F32 total[1][outputs];
  for (int o = 0; o < outputs; ++o) total[0][o] = F32::zero();
  const int rest = static_cast<int>(args.inputs % Dot<T>::kStep);
  add_block<T, 1, outputs>(total, static_cast<const T*>(args.x), w, args.inputs,
                           steps_of<T>(args.inputs), rest, next);
  for (int o = 0; o < outputs; ++o) put_result(args, 0, output + o, sum(total[0][o]));
}

template <class T>
void one_row(const Skinny& args, int64_t begin, int64_t end) {
  const T* w = static_cast<const T*>(args.w) + begin * args.inputs;
  const auto outputs_at_once = [&]<int count>(Type<int[count]>) {
    for (; begin + count <= end; begin += count) {
      const T* next = w + count * args.inputs;
      row_tile<T, count>(args, w, begin, {reinterpret_cast<const char*>(next), count});
      w = next;
    }
  };
  outputs_at_once(Type<int[8]>{});
  outputs_at_once(Type<int[1]>{});
}

// The same of weights of one byte. A tile's rows are widened at once, into the caches, so that
// memory delivers the next ones meanwhile; `scratch` of widened_bytes(args).
constexpr int64_t kWidenedRows = 8;

template <class T>
void one_widened_row(const Skinny& args, void* scratch, int64_t begin, int64_t end) {
  T* widened = static_cast<T*>(scratch);
  const char* q = static_cast<const char*>(args.w) + begin * args.inputs;
  const auto outputs_at_once = [&]<int count>(Type<int[count]>) {
    for (; begin + count <= end; begin += count, q += count * args.inputs) {
      widen_weights(args.format, q, count * args.inputs, widened);
      row_tile<T, count>(args, widened, begin,
                         {q + count * args.inputs, larger(1, count / int{sizeof(T)})});
    }
  };
  outputs_at_once(Type<int[kWidenedRows]>{});
  outputs_at_once(Type<int[1]>{});
}

bool reads_one_widened_row(const Skinny& args) {
  return args.rows == 1 && args.format != WeightFormat::compact;
}

int64_t widened_bytes(const Skinny& args) {
  if (args.format == WeightFormat::same) return 0;
  return reads_one_widened_row(args)
             ? round_up(kWidenedRows * args.inputs * bytes_of(args.type), kLine)
             : kWidenedBytes;
}

// Outputs [begin, end) of all rows; `scratch` of thread_bytes(args).
template <class T>
void some_outputs(const Skinny& args, char* scratch, int64_t begin, int64_t end) {
  T* widened = reinterpret_cast<T*>(scratch);
  scratch += widened_bytes(args);
  if (args.format == WeightFormat::compact) {
    if constexpr (__is_same(T, bf16)) {
      const CompactWeights weights{CompactRow::of(args, 0), args.inputs / kBlock, widened};
#if defined(__AVX512BF16__)
      if (args.rows <= kTileRows) return compact_tiles(args, scratch, begin, end);
#endif
      row_panels<T>(args, weights, scratch, begin, end);
    }
  } else if (args.format == WeightFormat::same) {
    if (args.rows == 1) return one_row<T>(args, begin, end);
    const StoredWeights<T> weights{static_cast<const T*>(args.w), args.inputs};
    row_panels<T>(args, weights, scratch, begin, end);
  } else {
    if (reads_one_widened_row(args)) return one_widened_row<T>(args, widened, begin, end);
    const OneByteWeights<T> weights{args.format, static_cast<const char*>(args.w), args.inputs,
                                    widened};
    row_panels<T>(args, weights, scratch, begin, end);
  }
}

// Bytes of scratch of one thread.
int64_t thread_bytes(const Skinny& args) {
  const bool direct = args.rows == 1 && args.format != WeightFormat::compact;
  return widened_bytes(args) + (direct ? 0 : panel_bytes(args));
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
      some_outputs<T>(args, scratch, first, last);
    });
  });
}

void widen_compact(const Parallel& parallel, const Skinny& args, bf16* to) {
  const int64_t blocks = args.inputs / kBlock;
  for_range(parallel, args.outputs, larger(1, 32768 / args.inputs),
            [&](int64_t begin, int64_t end, int32_t) {
              for (int64_t o = begin; o < end; ++o)
                widen_blocks(CompactRow::of(args, o), 0, blocks, to + o * args.inputs);
            });
}

int64_t scratch_bytes(const Skinny& args, int32_t threads) {
  return args.transposed ? 0 : threads * thread_bytes(args);
}

}  // namespace

extern const SkinnyKernels skinny_kernels;
const SkinnyKernels skinny_kernels{skinny, widen_compact, scratch_bytes};

}  // namespace lmos::cpu::LMOS_ISA
