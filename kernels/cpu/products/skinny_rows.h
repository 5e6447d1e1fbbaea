// y = x wᵀ for two rows of x and more (skinny.h).
//
// A thread holds the accumulators of a tile of rows and outputs in registers, for a block of the
// inputs at a time: so the weights of the tile's outputs stay in the first level cache while all
// rows pass by. Meanwhile the second level cache is asked for the weights of the next outputs, in
// the order of memory and spread over the whole work of this tile: memory never waits for
// arithmetic.
#pragma once

#include "cpu/products/skinny.h"
#include "cpu/products/widen.h"
#include "cpu/simd/dot.h"

namespace lmos::cpu::LMOS_ISA {

inline constexpr int64_t kTileRows = 4;
inline constexpr int64_t kPanelRows = 64;   // that a thread brings into tile order at once
inline constexpr int64_t kBlockSteps = 64;  // of the inputs that stay in the first level cache
inline constexpr int64_t kMostOutputs = 8;  // of a tile
// Outputs of a tile: accumulators, kTileRows each, set the bound: most of 32 registers with
// AVX-512, else of 16.
inline constexpr int kTileOutputs = F32::kWidth == 16 ? 6 : 2;
inline constexpr int64_t kLine = 64;  // bytes of a cache line

LMOS_INLINE float bias_at(const Skinny& args, int64_t output) {
  if (args.bias == nullptr) return 0;
  switch (args.bias_type) {
    case Float::f32:
      return static_cast<const float*>(args.bias)[output];
    case Float::bf16:
      return to_f32(static_cast<const bf16*>(args.bias)[output]);
    case Float::f16:
      return to_f32(static_cast<const f16*>(args.bias)[output]);
  }
  return 0;
}

// y[row, output] is the value, scaled, and the bias.
LMOS_INLINE void put_result(const Skinny& args, int64_t row, int64_t output, float value) {
  if (args.scales != nullptr) value *= args.scales[output];
  value += bias_at(args, output);
  const int64_t at = row * args.outputs + output;
  switch (args.result_type) {
    case Float::f32:
      static_cast<float*>(args.y)[at] = value;
      break;
    case Float::bf16:
      static_cast<bf16*>(args.y)[at] = to_bf16(value);
      break;
    case Float::f16:
      static_cast<f16*>(args.y)[at] = to_f16(value);
      break;
  }
}

template <class T>
LMOS_INLINE int64_t steps_of(int64_t inputs) {
  return (inputs + Dot<T>::kStep - 1) / Dot<T>::kStep;
}

// Rows [first, first + rows) of x in the order in which tiles read them: [⌈rows / kTileRows⌉,
// steps, rows of the tile, kStep], zero beyond the inputs.
template <class T>
void pack_tiles(const Skinny& args, int64_t first, int64_t rows, T* to) {
  constexpr int64_t kStep = Dot<T>::kStep;
  for (int64_t row = 0; row < rows; row += kTileRows) {
    const int64_t count = smaller(kTileRows, rows - row);
    for (int64_t i = 0; i < args.inputs; i += kStep) {
      const int64_t whole = smaller(kStep, args.inputs - i);
      for (int64_t r = row; r < row + count; ++r, to += kStep) {
        __builtin_memcpy(to, static_cast<const T*>(args.x) + (first + r) * args.inputs + i,
                         sizeof(T) * whole);
        if (whole < kStep) __builtin_memset(to + whole, 0, sizeof(T) * (kStep - whole));
      }
    }
  }
}

// Rows of weights, `step` elements apart.
template <class T>
struct WeightRows {
  const T* data;
  int64_t step;
};

// What the second level cache is asked for: `lines` at each step of the inputs.
struct AskedFor {
  const char* next;
  int64_t lines;

  LMOS_INLINE void ask() {
    for (int64_t line = 0; line < lines; ++line) __builtin_prefetch(next + line * kLine, 0, 2);
    next += lines * kLine;
  }
};

// total [rows, outputs] += a tile of packed rows · `steps` steps of `outputs` rows of w, which are
// `w_step` apart; of the last step, only `rest` values, if not 0.
template <class T, int rows, int outputs>
LMOS_INLINE void add_block(F32 (&total)[rows][outputs], const T* x, const T* w, int64_t w_step,
                           int64_t steps, int rest, AskedFor& asked) {
  using D = Dot<T>;
  const auto step = [&](const auto& values) {
    typename D::Values weights[outputs];
    for (int o = 0; o < outputs; ++o) weights[o] = values(w + o * w_step);
    for (int r = 0; r < rows; ++r) {
      const typename D::Values left = values(x + r * D::kStep);
      for (int o = 0; o < outputs; ++o) total[r][o] = D::add(total[r][o], left, weights[o]);
    }
    x += rows * D::kStep;
    w += D::kStep;
  };
  for (int64_t s = rest == 0 ? 0 : 1; s < steps; ++s) {
    asked.ask();
    step([](const T* p) { return D::values(p); });
  }
  if (rest != 0) step([rest](const T* p) { return D::values_part(p, rest); });
}

// Where the weights of tiles come from. block(): `steps` steps, from `step` on, of rows [output,
// output + outputs), to be read before the next call. Bytes of rows follow each other in memory.
//
// As they are stored:
template <class T>
struct StoredWeights {
  static constexpr bool kWidened = false;
  static constexpr int64_t kSteps = kBlockSteps;
  const T* data;
  int64_t inputs;

  LMOS_INLINE const char* row(int64_t output) const {
    return reinterpret_cast<const char*>(data + output * inputs);
  }
  LMOS_INLINE WeightRows<T> block(int64_t output, int64_t, int64_t step, int64_t) const {
    return {data + output * inputs + step * Dot<T>::kStep, inputs};
  }
};

// Widened, a block at a time, into `to`, of kWidenedBytes: it stays in the first level cache while
// all rows of x pass by.
inline constexpr int64_t kWidenedSteps = 32;
inline constexpr int64_t kWidenedBytes = kTileOutputs * kWidenedSteps * kLine;

template <class T>
struct OneByteWeights {
  static constexpr bool kWidened = true;
  static constexpr int64_t kSteps = kWidenedSteps;
  WeightFormat format;
  const char* data;
  int64_t inputs;
  T* to;

  LMOS_INLINE const char* row(int64_t output) const { return data + output * inputs; }
  LMOS_INLINE WeightRows<T> block(int64_t output, int64_t outputs, int64_t step,
                                  int64_t steps) const {
    const int64_t first = step * Dot<T>::kStep, stride = kWidenedSteps * Dot<T>::kStep;
    const int64_t count = smaller(steps * Dot<T>::kStep, inputs - first);
    for (int64_t o = 0; o < outputs; ++o)
      widen_weights(format, row(output + o) + first, count, to + o * stride);
    return {to, stride};
  }
};

// Outputs [output, output + outputs) of a panel. `partial`: [kPanelRows, kMostOutputs] vectors.
template <class T, int outputs, class Weights>
struct PanelTile {
  const Skinny& args;
  const Weights& weights;
  int64_t first, rows;  // of the panel
  const T* packed;
  float* partial;
  int64_t output;

  template <int count>
  LMOS_INLINE void block(int64_t row, int64_t step, int64_t steps, WeightRows<T> w,
                         AskedFor& asked) const {
    constexpr int64_t kStep = Dot<T>::kStep;
    const int64_t all = steps_of<T>(args.inputs);
    const bool last = step + steps == all;
    float* stored = partial + row * outputs * F32::kWidth;
    F32 total[count][outputs];
    for (int r = 0; r < count; ++r) {
      for (int o = 0; o < outputs; ++o) {
        total[r][o] = step == 0 ? F32::zero() : F32::load(stored + (r * outputs + o) * F32::kWidth);
      }
    }
    add_block<T, count, outputs>(total, packed + row * all * kStep + step * count * kStep, w.data,
                                 w.step, steps, last ? static_cast<int>(args.inputs % kStep) : 0,
                                 asked);
    for (int r = 0; r < count; ++r) {
      for (int o = 0; o < outputs; ++o) {
        if (last) {
          put_result(args, first + row + r, output + o, sum(total[r][o]));
        } else {
          total[r][o].store(stored + (r * outputs + o) * F32::kWidth);
        }
      }
    }
  }

  void run() const {
    const int64_t steps = steps_of<T>(args.inputs), tiles = (rows + kTileRows - 1) / kTileRows;
    const int64_t block_steps = tiles == 1 && !Weights::kWidened ? steps : Weights::kSteps;
    const char *const next = weights.row(output + outputs), *const end =
                                                                weights.row(output + 2 * outputs);
    AskedFor asked{next, (end - next + steps * tiles * kLine - 1) / (steps * tiles * kLine)};
    for (int64_t step = 0; step < steps; step += block_steps) {
      const int64_t count = smaller(block_steps, steps - step);
      const WeightRows<T> w = weights.block(output, outputs, step, count);
      for (int64_t row = 0; row < rows; row += kTileRows) {
        if (asked.next >= end) asked.lines = 0;
        switch (rows - row) {
          case 1:
            block<1>(row, step, count, w, asked);
            break;
          case 2:
            block<2>(row, step, count, w, asked);
            break;
          case 3:
            block<3>(row, step, count, w, asked);
            break;
          default:
            block<kTileRows>(row, step, count, w, asked);
        }
      }
    }
  }
};

// Bytes of scratch of one thread.
inline int64_t panel_bytes(const Skinny& args) {
  const int64_t row = round_up(args.inputs * bytes_of(args.type), kLine);
  const int64_t rows = smaller(args.rows, kPanelRows);
  return rows * (row + kMostOutputs * F32::kWidth * static_cast<int64_t>(sizeof(float)));
}

// Outputs [begin, end) of all rows.
template <class T, class Weights>
void row_panels(const Skinny& args, const Weights& weights, void* scratch, int64_t begin,
                int64_t end) {
  for (int64_t first = 0; first < args.rows; first += kPanelRows) {
    const int64_t rows = smaller(kPanelRows, args.rows - first);
    T* packed = static_cast<T*>(scratch);
    pack_tiles(args, first, rows, packed);
    auto* partial =
        reinterpret_cast<float*>(packed + rows * steps_of<T>(args.inputs) * Dot<T>::kStep);
    int64_t output = begin;
    const auto outputs_at_once = [&]<int count>(Type<int[count]>) {
      for (; output + count <= end; output += count)
        PanelTile<T, count, Weights>{args, weights, first, rows, packed, partial, output}.run();
    };
    outputs_at_once(Type<int[kTileOutputs]>{});
    outputs_at_once(Type<int[1]>{});
  }
}

}  // namespace lmos::cpu::LMOS_ISA
