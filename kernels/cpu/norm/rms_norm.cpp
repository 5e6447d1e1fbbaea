#include "cpu/norm/rms_norm.h"

#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

template <class T, class W>
void norm_row(const RmsNorm& args, int64_t row) {
  const int64_t embed = args.embed;
  const T* x = static_cast<const T*>(args.x) + row * embed;
  const W* weight = static_cast<const W*>(args.weight);
  T* y = static_cast<T*>(args.y) + row * embed;
  F32 squares = F32::zero();
  if (args.residual != nullptr) {
    const T* residual = static_cast<const T*>(args.residual) + row * embed;
    T* total = static_cast<T*>(args.sum) + row * embed;
    vectors(embed, [&](int64_t i, auto lanes) {
      store(total + i, load(x + i, lanes) + load(residual + i, lanes), lanes);
      const F32 value = load(total + i, lanes);  // as rounded to T
      squares = fma(value, value, squares);
    });
    x = total;
  } else {
    vectors(embed, [&](int64_t i, auto lanes) {
      const F32 value = load(x + i, lanes);
      squares = fma(value, value, squares);
    });
  }
  const float rstd = 1.f / __builtin_sqrtf(sum(squares) / static_cast<float>(embed) + args.epsilon);
  args.rstd[row] = rstd;
  const F32 scale = F32::set(rstd);
  vectors(embed, [&](int64_t i, auto lanes) {
    store(y + i, load(x + i, lanes) * scale * load(weight + i, lanes), lanes);
  });
}

template <class T, class W>
void grad_row(const RmsNormGrad& args, int64_t row, float* dweight) {
  const int64_t embed = args.embed;
  const T* dy = static_cast<const T*>(args.dy) + row * embed;
  const T* x = static_cast<const T*>(args.x) + row * embed;
  const W* weight = static_cast<const W*>(args.weight);
  T* dx = static_cast<T*>(args.dx) + row * embed;
  const float rstd = args.rstd[row];
  const F32 scale = F32::set(rstd);
  F32 dot = F32::zero();
  vectors(embed, [&](int64_t i, auto lanes) {
    const F32 d = load(dy + i, lanes);
    const F32 product = d * load(x + i, lanes);
    dot = fma(product, load(weight + i, lanes), dot);
    store(dweight + i, fma(product, scale, load(dweight + i, lanes)), lanes);
  });
  const F32 mean = F32::set(sum(dot) / static_cast<float>(embed) * rstd * rstd);
  vectors(embed, [&](int64_t i, auto lanes) {
    const F32 weighted = load(dy + i, lanes) * load(weight + i, lanes);
    store(dx + i, fnma(load(x + i, lanes), mean, weighted) * scale, lanes);
  });
}

int64_t row_grain(int64_t embed) { return larger(1, 8192 / larger(1, embed)); }

void rms_norm(const Parallel& parallel, const RmsNorm& args) {
  with_type(args.type, [&]<class T>(Type<T>) {
    with_type(args.weight_type, [&]<class W>(Type<W>) {
      for_range(parallel, args.rows, row_grain(args.embed),
                [&](int64_t begin, int64_t end, int32_t) {
                  for (int64_t row = begin; row < end; ++row) norm_row<T, W>(args, row);
                });
    });
  });
}

void rms_norm_grad(const Parallel& parallel, const RmsNormGrad& args) {
  const int64_t partials = rms_norm_partials(args.rows);
  with_type(args.type, [&]<class T>(Type<T>) {
    with_type(args.weight_type, [&]<class W>(Type<W>) {
      for_range(parallel, partials, 1, [&](int64_t begin, int64_t end, int32_t) {
        for (int64_t part = begin; part < end; ++part) {
          float* dweight = args.partial + part * args.embed;
          for (int64_t i = 0; i < args.embed; ++i) dweight[i] = 0;
          const int64_t last = args.rows * (part + 1) / partials;
          for (int64_t row = args.rows * part / partials; row < last; ++row) {
            grad_row<T, W>(args, row, dweight);
          }
        }
      });
      W* dweight = static_cast<W*>(args.dweight);
      vectors(args.embed, [&](int64_t i, auto lanes) {
        F32 total = F32::zero();
        for (int64_t part = 0; part < partials; ++part) {
          total = total + load(args.partial + part * args.embed + i, lanes);
        }
        store(dweight + i, total, lanes);
      });
    });
  });
}

}  // namespace

extern const NormKernels norm_kernels;
const NormKernels norm_kernels{rms_norm, rms_norm_grad};

}  // namespace lmos::cpu::LMOS_ISA
