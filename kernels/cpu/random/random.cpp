#include "cpu/random/random.h"

#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

constexpr int64_t kCounters = 16;             // generated together, lane by lane
constexpr int64_t kElements = 4 * kCounters;  // of one call

// Uniform numbers for elements 4·first … 4·first + kElements of a site. Plain loops over lanes: the
// compiler makes them vectors.
LMOS_INLINE void uniform_block(const int64_t* state, uint32_t site, uint64_t first, float* u) {
  uint32_t c0[kCounters], c1[kCounters], c2[kCounters], c3[kCounters];
  const uint32_t step = static_cast<uint32_t>(state[1]);
  for (int64_t i = 0; i < kCounters; ++i) {
    const uint64_t counter = first + static_cast<uint64_t>(i);
    c0[i] = static_cast<uint32_t>(counter);
    c1[i] = static_cast<uint32_t>(counter >> 32);
    c2[i] = site;
    c3[i] = step;
  }
  const uint64_t seed = static_cast<uint64_t>(state[0]);
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    for (int64_t i = 0; i < kCounters; ++i) {
      const uint64_t p0 = uint64_t{0xD2511F53u} * c0[i];
      const uint64_t p1 = uint64_t{0xCD9E8D57u} * c2[i];
      const uint32_t n0 = static_cast<uint32_t>(p1 >> 32) ^ c1[i] ^ k0;
      const uint32_t n2 = static_cast<uint32_t>(p0 >> 32) ^ c3[i] ^ k1;
      c1[i] = static_cast<uint32_t>(p1);
      c3[i] = static_cast<uint32_t>(p0);
      c0[i] = n0;
      c2[i] = n2;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  constexpr float kUnit = 1.f / 16777216.f;
  for (int64_t i = 0; i < kCounters; ++i) {
    u[4 * i + 0] = static_cast<float>(static_cast<int32_t>(c0[i] >> 8)) * kUnit;
    u[4 * i + 1] = static_cast<float>(static_cast<int32_t>(c1[i] >> 8)) * kUnit;
    u[4 * i + 2] = static_cast<float>(static_cast<int32_t>(c2[i] >> 8)) * kUnit;
    u[4 * i + 3] = static_cast<float>(static_cast<int32_t>(c3[i] >> 8)) * kUnit;
  }
}

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
