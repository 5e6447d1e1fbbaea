#include "cpu/norm/layer_norm.h"

#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

// The value in the lanes of a row, 0 beyond: what is subtracted there must not count as a
// deviation.
LMOS_INLINE F32 within(F32 value, Full) { return value; }
LMOS_INLINE F32 within(F32 value, Part part) {
  float lanes[F32::kWidth];
  value.store(lanes);
  return F32::load_part(lanes, part.count);
}

template <class T, class W>
void norm_row(const LayerNorm& args, int64_t row) {
  const int64_t embed = args.embed;
  const T* x = static_cast<const T*>(args.x) + row * embed;
  const W* weight = static_cast<const W*>(args.weight);
  const W* bias = static_cast<const W*>(args.bias);
  T* y = static_cast<T*>(args.y) + row * embed;
  F32 total = F32::zero();
  vectors(embed, [&](int64_t i, auto lanes) { total = total + load(x + i, lanes); });
  const float mean = sum(total) / static_cast<float>(embed);
  const F32 level = F32::set(mean);
  F32 squares = F32::zero();
  vectors(embed, [&](int64_t i, auto lanes) {
    const F32 centred = load(x + i, lanes) - within(level, lanes);
    squares = fma(centred, centred, squares);
  });
  const float rstd = 1.f / __builtin_sqrtf(sum(squares) / static_cast<float>(embed) + args.epsilon);
  args.mean[row] = mean;
  args.rstd[row] = rstd;
  const F32 scale = F32::set(rstd);
  vectors(embed, [&](int64_t i, auto lanes) {
    const F32 normalized = (load(x + i, lanes) - level) * scale;
    store(y + i, fma(normalized, load(weight + i, lanes), load(bias + i, lanes)), lanes);
  });
}

template <class T, class W>
void grad_row(const LayerNormGrad& args, int64_t row, float* dweight, float* dbias) {
  const int64_t embed = args.embed;
  const T* dy = static_cast<const T*>(args.dy) + row * embed;
  const T* x = static_cast<const T*>(args.x) + row * embed;
  const W* weight = static_cast<const W*>(args.weight);
  T* dx = static_cast<T*>(args.dx) + row * embed;
  const F32 level = F32::set(args.mean[row]), scale = F32::set(args.rstd[row]);
  F32 g_sum = F32::zero(), gh_sum = F32::zero();
  // Beyond the row dy is 0, so nothing is added there.
  vectors(embed, [&](int64_t i, auto lanes) {
    const F32 d = load(dy + i, lanes);
    const F32 h = (load(x + i, lanes) - level) * scale;
    const F32 g = d * load(weight + i, lanes);
    g_sum = g_sum + g;
    gh_sum = fma(g, h, gh_sum);
    store(dweight + i, fma(d, h, load(dweight + i, lanes)), lanes);
    store(dbias + i, d + load(dbias + i, lanes), lanes);
  });
  const F32 g_mean = F32::set(sum(g_sum) / static_cast<float>(embed));
  const F32 gh_mean = F32::set(sum(gh_sum) / static_cast<float>(embed));
  vectors(embed, [&](int64_t i, auto lanes) {
    const F32 h = (load(x + i, lanes) - level) * scale;
    const F32 g = load(dy + i, lanes) * load(weight + i, lanes);
    store(dx + i, fnma(h, gh_mean, g - g_mean) * scale, lanes);
  });
}

int64_t row_grain(int64_t embed) { return larger(1, 8192 / larger(1, embed)); }

void layer_norm(const Parallel& parallel, const LayerNorm& args) {
  with_type(args.type, [&]<class T>(Type<T>) {
    with_type(args.weight_type, [&]<class W>(Type<W>) {
      for_range(parallel, args.rows, row_grain(args.embed),
                [&](int64_t begin, int64_t end, int32_t) {
                  for (int64_t row = begin; row < end; ++row) norm_row<T, W>(args, row);
                });
    });
  });
}

void layer_norm_grad(const Parallel& parallel, const LayerNormGrad& args) {
  const int64_t partials = layer_norm_partials(args.rows), step = 2 * args.embed;
  with_type(args.type, [&]<class T>(Type<T>) {
    with_type(args.weight_type, [&]<class W>(Type<W>) {
      for_range(parallel, partials, 1, [&](int64_t begin, int64_t end, int32_t) {
        for (int64_t part = begin; part < end; ++part) {
          float* dweight = args.partial + part * step;
          for (int64_t i = 0; i < step; ++i) dweight[i] = 0;
          const int64_t last = args.rows * (part + 1) / partials;
          for (int64_t row = args.rows * part / partials; row < last; ++row) {
            grad_row<T, W>(args, row, dweight, dweight + args.embed);
          }
        }
      });
      const auto collect = [&](int64_t offset, W* result) {
        vectors(args.embed, [&](int64_t i, auto lanes) {
          F32 total = F32::zero();
          for (int64_t part = 0; part < partials; ++part) {
            total = total + load(args.partial + part * step + offset + i, lanes);
          }
          store(result + i, total, lanes);
        });
      };
      collect(0, static_cast<W*>(args.dweight));
      collect(args.embed, static_cast<W*>(args.dbias));
    });
  });
}

}  // namespace

extern const LayerNormKernels layer_norm_kernels;
const LayerNormKernels layer_norm_kernels{layer_norm, layer_norm_grad};

}  // namespace lmos::cpu::LMOS_ISA
