#include <cmath>

#include "cpu/attention/attention_reference.h"
#include "kernels/kernel_test.h"

namespace lmos::cpu::testing {

LMOS_KERNEL_TEST(AttentionKernels);

struct Case {
  int64_t sequences, sequence, heads, kv_heads, dim;
  bool causal, segmented;
};
constexpr Case kCases[] = {
    {1, 2, 1, 1, 8, true, false},    {2, 5, 2, 1, 16, true, false},
    {3, 64, 4, 2, 32, true, false},  {1, 130, 6, 2, 64, true, true},
    {2, 65, 3, 3, 20, false, false}, {1, 200, 2, 2, 128, true, true},
    {2, 33, 4, 1, 7, false, true},
};

struct Operands {
  AttentionShape shape;
  Values q, k, v, dy;
  std::vector<int32_t> segments;  // empty: none

  Operands(Float type, const Case& c)
      : shape{type, c.sequences * c.sequence, c.heads, c.kv_heads, c.dim, 0.3f},
        q(Values::random(type, shape.tokens * c.heads * c.dim, 1)),
        k(Values::random(type, shape.tokens * c.kv_heads * c.dim, 2)),
        v(Values::random(type, shape.tokens * c.kv_heads * c.dim, 3)),
        dy(Values::random(type, q.count(), 4)) {
    for (int64_t t = 0; t < shape.tokens && c.segmented; ++t) {
      segments.push_back(static_cast<int32_t>(t % c.sequence / 40));
    }
  }
  const int32_t* segment_data() const { return segments.empty() ? nullptr : segments.data(); }
};

TEST_P(AttentionKernels, AttentionEqualsTheReference) {
  for (const Float type : kFloats) {
    for (const Case& c : kCases) {
      const Operands in(type, c);
      Values scratch(Float::f32, attention_scratch(in.shape, threads()));
      Values y(type, in.q.count()), y2(type, in.q.count());
      Values lse(Float::f32, in.shape.tokens * c.heads), lse2(Float::f32, lse.count());
      kernels().attention.attention(
          parallel(), {in.shape, c.sequence, c.causal, in.q.data(), in.k.data(), in.v.data(),
                       in.segment_data(), y.data(), lse.f32(), scratch.f32()});
      reference::attention({in.shape, c.sequence, c.causal, in.q.data(), in.k.data(), in.v.data(),
                            in.segment_data(), y2.data(), lse2.f32(), nullptr});
      expect_close(y, y2, "y");
      EXPECT_LE(distance(lse, lse2), type == Float::f32 ? 2e-5 : 2e-3);
    }
  }
}

TEST_P(AttentionKernels, AttentionGradEqualsTheReference) {
  for (const Float type : kFloats) {
    for (const Case& c : kCases) {
      const Operands in(type, c);
      Values y(type, in.q.count()), lse(Float::f32, in.shape.tokens * c.heads);
      reference::attention({in.shape, c.sequence, c.causal, in.q.data(), in.k.data(), in.v.data(),
                            in.segment_data(), y.data(), lse.f32(), nullptr});
      Values scratch(Float::f32, attention_grad_scratch(in.shape, c.sequence, threads()));
      Values dq(type, in.q.count()), dk(type, in.k.count()), dv(type, in.k.count());
      Values dq2(type, in.q.count()), dk2(type, in.k.count()), dv2(type, in.k.count());
      AttentionGrad args{in.shape,    c.sequence,  c.causal,  in.dy.data(), in.q.data(),
                         in.k.data(), in.v.data(), y.data(),  lse.f32(),    in.segment_data(),
                         dq.data(),   dk.data(),   dv.data(), scratch.f32()};
      kernels().attention.attention_grad(parallel(), args);
      args.dq = dq2.data();
      args.dk = dk2.data();
      args.dv = dv2.data();
      reference::attention_grad(args);
      // Probabilities and their gradients are rounded to bf16 between the products.
      const double slack = type == Float::f32 ? 1 : 4;
      expect_close(dq, dq2, "dq", slack);
      expect_close(dk, dk2, "dk", slack);
      expect_close(dv, dv2, "dv", slack);
    }
  }
}

// A step as serving makes it: prompts of some slots beside single new tokens of others.
TEST_P(AttentionKernels, CachedAttentionEqualsTheReferenceForPromptsAndSingleTokens) {
  for (const Float type : kFloats) {
    for (const int64_t kv_heads : {1, 2, 4}) {
      const int64_t slots = 4, capacity = 1200, heads = 4, dim = 40;
      std::vector<int32_t> slot, positions;
      for (int32_t p = 0; p < 70; ++p) slot.push_back(2), positions.push_back(p);
      slot.push_back(0), positions.push_back(1100);
      slot.push_back(3), positions.push_back(0);
      for (int32_t p = 20; p < 25; ++p) slot.push_back(1), positions.push_back(p);
      const int64_t tokens = static_cast<int64_t>(slot.size());
      const AttentionShape shape{type, tokens, heads, kv_heads, dim, 0.2f};
      const Values q = Values::random(type, tokens * heads * dim, 1);
      const Values k = Values::random(type, tokens * kv_heads * dim, 2);
      const Values v = Values::random(type, tokens * kv_heads * dim, 3);
      Values keys = Values::random(type, slots * capacity * kv_heads * dim, 4), keys2 = keys;
      Values values = Values::random(type, keys.count(), 5), values2 = values;
      Values y(type, q.count()), y2(type, q.count());
      Values scratch(Float::f32, cached_attention_scratch(shape, capacity, threads()));
      CachedAttention args{shape,    slots,        capacity,      q.data(),    k.data(),
                           v.data(), keys.data(),  values.data(), slot.data(), positions.data(),
                           y.data(), scratch.f32()};
      ASSERT_TRUE(kernels().attention.cached_attention(parallel(), args));
      args.key_cache = keys2.data();
      args.value_cache = values2.data();
      args.y = y2.data();
      reference::cached_attention(args);
      expect_close(y, y2, "y");
      expect_same_bits(keys, keys2, "key cache");
      expect_same_bits(values, values2, "value cache");
    }
  }
}

// The rest of a cache holds whatever the memory held.
TEST_P(AttentionKernels, CachedAttentionReadsNothingBeyondThePosition) {
  const int64_t capacity = 140, dim = 16, used = 67;
  for (const Float type : kFloats) {
    const AttentionShape shape{type, 1, 1, 1, dim, 0.25f};
    const Values q = Values::random(type, dim, 1), k = Values::random(type, dim, 2);
    Values cache = Values::random(type, capacity * dim, 3);
    for (int64_t i = used * dim; i < cache.count(); ++i) cache.set(i, NAN);
    Values keys = cache, values = cache, y(type, dim), y2(type, dim);
    Values scratch(Float::f32, cached_attention_scratch(shape, capacity, threads()));
    const int32_t slot[] = {0}, positions[] = {static_cast<int32_t>(used)};
    CachedAttention args{shape,    1,         capacity,    q.data(),
                         k.data(), k.data(),  keys.data(), values.data(),
                         slot,     positions, y.data(),    scratch.f32()};
    ASSERT_TRUE(kernels().attention.cached_attention(parallel(), args));
    args.y = y2.data();
    reference::cached_attention(args);
    expect_close(y, y2, "y");
  }
}

TEST_P(AttentionKernels, CachedAttentionRefusesPlacesOutsideTheCache) {
  const AttentionShape shape{Float::f32, 1, 1, 1, 4, 1.f};
  Values q = Values::random(Float::f32, 4, 1), cache(Float::f32, 2 * 3 * 4), y(Float::f32, 4);
  Values scratch(Float::f32, cached_attention_scratch(shape, 3, threads()));
  for (const auto& [slot, position] : {std::pair{2, 0}, {-1, 0}, {0, 3}, {0, -1}}) {
    const int32_t slots[] = {slot}, positions[] = {position};
    EXPECT_FALSE(kernels().attention.cached_attention(
        parallel(), {shape, 2, 3, q.data(), q.data(), q.data(), cache.data(), cache.data(), slots,
                     positions, y.data(), scratch.f32()}));
  }
}

// The row of a token is the same alone and in a batch.
TEST_P(AttentionKernels, CachedAttentionDoesNotDependOnTheBatch) {
  const int64_t capacity = 700, heads = 4, kv_heads = 2, dim = 32;
  for (const Float type : kFloats) {
    const Values cache = Values::random(type, 3 * capacity * kv_heads * dim, 9);
    const auto row = [&](int64_t tokens) {
      const AttentionShape shape{type, tokens, heads, kv_heads, dim, 0.2f};
      const Values q = Values::random(type, tokens * heads * dim, 1);
      const Values k = Values::random(type, tokens * kv_heads * dim, 2);
      const std::vector<int32_t> slot = {1, 0, 2}, positions = {600, 30, 650};
      Values keys = cache, values = cache, y(type, q.count()), first(type, heads * dim);
      Values scratch(Float::f32, cached_attention_scratch(shape, capacity, threads()));
      EXPECT_TRUE(kernels().attention.cached_attention(
          parallel(), {shape, 3, capacity, q.data(), k.data(), k.data(), keys.data(), values.data(),
                       slot.data(), positions.data(), y.data(), scratch.f32()}));
      std::memcpy(first.data(), y.data(), static_cast<size_t>(heads * dim * bytes_of(type)));
      return first;
    };
    expect_same_bits(row(1), row(3), "y of the first token");
  }
}

}  // namespace lmos::cpu::testing
