#include "cpu/random/random.h"

#include "cpu/random/philox.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

// body(first element, count, u) over blocks of at most kElements.
template <class Body>
LMOS_INLINE void uniform_blocks(const Parallel& parallel, const int64_t* state, uint32_t site,
                                int64_t count, const Body& body) {
  const int64_t blocks = (count + kElements - 1) / kElements;
  for_range(parallel, blocks, 64, [&](int64_t begin, int64_t end, int32_t) {
    alignas(64) float u[kElements];
    for (int64_t block = begin; block < end; ++block) {
      uniform_block(state, site, static_cast<uint64_t>(block) * kCounters, u);
      body(block * kElements, smaller(kElements, count - block * kElements), u);
    }
  });
}

void random_uniform(const Parallel& parallel, const RandomUniform& args) {
  uniform_blocks(parallel, args.state, args.site, args.count,
                 [&](int64_t first, int64_t count, const float* u) {
                   vectors(count, [&](int64_t i, auto lanes) {
                     store(args.y + first + i, load(u + i, lanes), lanes);
                   });
                 });
}

void dropout(const Parallel& parallel, const Dropout& args) {
  const F32 rate = F32::set(args.rate), scale = F32::set(args.scale);
  with_type(args.type, [&]<class T>(Type<T>) {
    const T* x = static_cast<const T*>(args.x);
    T* y = static_cast<T*>(args.y);
    uniform_blocks(parallel, args.state, args.site, args.count,
                   [&](int64_t first, int64_t count, const float* u) {
                     vectors(count, [&](int64_t i, auto lanes) {
                       const F32 kept = load(x + first + i, lanes) * scale;
                       const Mask drop = less(load(u + i, lanes), rate);
                       store(y + first + i, select(drop, F32::zero(), kept), lanes);
                     });
                   });
  });
}

}  // namespace

extern const RandomKernels random_kernels;
const RandomKernels random_kernels{random_uniform, dropout};

}  // namespace lmos::cpu::LMOS_ISA
