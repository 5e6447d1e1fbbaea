#include "cpu/products/skinny.h"

#include "cpu/simd/dot.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

constexpr int kOutputs = 4;  // rows of w read together

LMOS_INLINE float bias_at(const Skinny& args, int64_t output) {
  if (args.bias == nullptr) return 0;
  return args.bias_type == Float::f32 ? static_cast<const float*>(args.bias)[output]
                                      : to_f32(static_cast<const bf16*>(args.bias)[output]);
}

// y[r, o] for `rows` rows of x and `outputs` rows of w.
template <class T, int rows, int outputs>
LMOS_INLINE void tile(const Skinny& args, int64_t row, int64_t output) {
  using D = Dot<T>;
  const int64_t inputs = args.inputs;
  const T* x = static_cast<const T*>(args.x) + row * inputs;
  const T* w = static_cast<const T*>(args.w) + output * inputs;
  F32 total[rows][outputs];
  for (int r = 0; r < rows; ++r) {
    for (int o = 0; o < outputs; ++o) total[r][o] = F32::zero();
  }
  int64_t i = 0;
  for (; i + D::kStep <= inputs; i += D::kStep) {
    typename D::Values weights[outputs];
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
      const float value = sum(total[r][o]) + bias_at(args, output + o);
      from_f32(value, static_cast<T*>(args.y)[(row + r) * args.outputs + output + o]);
    }
  }
}

template <class T, int outputs>
void all_rows(const Skinny& args, int64_t output) {
  int64_t row = 0;
  for (; row + 4 <= args.rows; row += 4) tile<T, 4, outputs>(args, row, output);
  for (; row < args.rows; ++row) tile<T, 1, outputs>(args, row, output);
}

void skinny(const Parallel& parallel, const Skinny& args) {
  const int64_t groups = (args.outputs + kOutputs - 1) / kOutputs;
  const int64_t grain = larger(1, 16384 / larger(1, kOutputs * args.inputs));
  with_type(args.type, [&]<class T>(Type<T>) {
    for_range(parallel, groups, grain, [&](int64_t begin, int64_t end, int32_t) {
      for (int64_t group = begin; group < end; ++group) {
        const int64_t output = group * kOutputs;
        if (output + kOutputs <= args.outputs) {
          all_rows<T, kOutputs>(args, output);
        } else {
          for (int64_t o = output; o < args.outputs; ++o) all_rows<T, 1>(args, o);
        }
      }
    });
  });
}

}  // namespace

extern const SkinnyKernels skinny_kernels;
const SkinnyKernels skinny_kernels{skinny};

}  // namespace lmos::cpu::LMOS_ISA
