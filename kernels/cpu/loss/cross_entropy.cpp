#include "cpu/loss/cross_entropy.h"

#include "cpu/simd/math.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

void cross_entropy(const CrossEntropyRows& args) {
  for (int64_t row = 0; row < args.rows; ++row) {
    const float* logits = args.logits + row * args.vocab;
    F32 high = F32::set(logits[0]);
    int64_t i = 0;
    for (; i + F32::kWidth <= args.vocab; i += F32::kWidth) {
      high = maximum(high, F32::load(logits + i));
    }
    float peak = largest(high);
    for (; i < args.vocab; ++i) peak = logits[i] > peak ? logits[i] : peak;
    const F32 shift = F32::set(peak);
    F32 total = F32::zero();
    for (i = 0; i + F32::kWidth <= args.vocab; i += F32::kWidth) {
      total = total + exp(F32::load(logits + i) - shift);
    }
    float rest = 0;
    for (; i < args.vocab; ++i) rest += __builtin_expf(logits[i] - peak);
    args.lse[row] = peak + __builtin_logf(sum(total) + rest);
    const int32_t label = args.labels[row];
    args.loss[row] = label == args.ignore ? 0.f : args.lse[row] - logits[label];
  }
}

template <class T>
void grad_row(const CrossEntropyRowsGrad& args, int64_t row) {
  const float* logits = args.logits + row * args.vocab;
  T* gradient = static_cast<T*>(args.gradient) + row * args.gradient_step;
  const int32_t label = args.labels[row];
  if (label == args.ignore) {
    vectors(args.vocab, [&](int64_t i, auto lanes) { store(gradient + i, F32::zero(), lanes); });
    return;
  }
  const float scale = args.dloss[row * args.dloss_step];
  const float lse = args.lse[row];
  const float at_label = scale * (__builtin_expf(logits[label] - lse) - 1.f);
  const F32 factor = F32::set(scale), shift = F32::set(lse);
  vectors(args.vocab, [&](int64_t i, auto lanes) {
    store(gradient + i, factor * exp(load(logits + i, lanes) - shift), lanes);
  });
  from_f32(at_label, gradient[label]);
}

void cross_entropy_grad(const CrossEntropyRowsGrad& args) {
  with_type(args.gradient_type, [&]<class T>(Type<T>) {
    for (int64_t row = 0; row < args.rows; ++row) grad_row<T>(args, row);
  });
}

void column_sums(const ColumnSums& args) {
  with_type(args.type, [&]<class T>(Type<T>) {
    for (int64_t row = 0; row < args.rows; ++row) {
      const T* x = static_cast<const T*>(args.x) + row * args.step;
      vectors(args.columns, [&](int64_t i, auto lanes) {
        store(args.sums + i, load(args.sums + i, lanes) + load(x + i, lanes), lanes);
      });
    }
  });
}

}  // namespace

extern const LossKernels loss_kernels;
const LossKernels loss_kernels{cross_entropy, cross_entropy_grad, column_sums};

}  // namespace lmos::cpu::LMOS_ISA
