#include <cmath>
#include <numeric>

#include "cpu/attention/attention_reference.h"
#include "kernels/kernel_test.h"

namespace lmos::cpu::testing {

LMOS_KERNEL_TEST(AttentionKernels);

struct Case {
  int64_t sequences, sequence, heads, kv_heads, dim;
  bool causal, segmented;
  float rate = 0;  // of dropout
};
constexpr Case kCases[] = {
    {1, 2, 1, 1, 8, true, false},         {2, 5, 2, 1, 16, true, false},
    {3, 64, 4, 2, 32, true, false},       {1, 130, 6, 2, 64, true, true},
    {2, 65, 3, 3, 20, false, false},      {1, 200, 2, 2, 128, true, true},
    {2, 33, 4, 1, 7, false, true},        {2, 64, 4, 2, 32, true, false, 0.1f},
    {2, 77, 3, 1, 24, false, true, 0.4f},
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
  AttentionDropout dropout(const Case& c) const {
    if (c.rate == 0) return {};
    return {random_state, 9, c.rate, 1 / (1 - c.rate)};
  }
  int64_t random_state[2] = {1234567890123, 42};
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
                       in.segment_data(), y.data(), lse.f32(), scratch.f32(), in.dropout(c)});
      reference::attention({in.shape, c.sequence, c.causal, in.q.data(), in.k.data(), in.v.data(),
                            in.segment_data(), y2.data(), lse2.f32(), nullptr, in.dropout(c)});
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
                            in.segment_data(), y.data(), lse.f32(), nullptr, in.dropout(c)});
      Values scratch(Float::f32, attention_grad_scratch(in.shape, c.sequence, threads()));
      Values dq(type, in.q.count()), dk(type, in.k.count()), dv(type, in.k.count());
      Values dq2(type, in.q.count()), dk2(type, in.k.count()), dv2(type, in.k.count());
      AttentionGrad args{in.shape,    c.sequence,  c.causal,  in.dy.data(),  in.q.data(),
                         in.k.data(), in.v.data(), y.data(),  lse.f32(),     in.segment_data(),
                         dq.data(),   dk.data(),   dv.data(), scratch.f32(), in.dropout(c)};
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

// Pages of sequences, scattered over the cache.
struct Paging {
  int64_t page_tokens, sequences, sequence_pages;
  std::vector<int32_t> table;

  Paging(int64_t tokens_of_page, int64_t count, int64_t capacity)
      : page_tokens(tokens_of_page),
        sequences(count),
        sequence_pages((capacity + page_tokens - 1) / page_tokens) {
    const int64_t all = pages();
    int64_t step = 7;  // prime to the number of pages, so that no page comes twice
    while (std::gcd(step, all) != 1) ++step;
    for (int64_t i = 0; i < all; ++i) table.push_back(static_cast<int32_t>((i * step + 2) % all));
  }
  int64_t pages() const { return sequences * sequence_pages; }
  int64_t tokens() const { return pages() * page_tokens; }
  int64_t capacity() const { return sequence_pages * page_tokens; }
};

struct Call {
  AttentionShape shape;
  const Values &q, &k, &v;
  Values &keys, &values, &y, &scratch;
  const std::vector<int32_t>&sequence, &positions;
};

PagedAttention arguments(const Paging& paging, const Call& c) {
  return {c.shape,
          paging.pages(),
          paging.page_tokens,
          paging.sequences,
          paging.sequence_pages,
          c.q.data(),
          c.k.data(),
          c.v.data(),
          c.keys.data(),
          c.values.data(),
          paging.table.data(),
          c.sequence.data(),
          c.positions.data(),
          c.y.data(),
          c.scratch.f32()};
}

// A step as serving makes it: prompts of some sequences beside single new tokens of others.
TEST_P(AttentionKernels, PagedAttentionEqualsTheReferenceForPromptsAndSingleTokens) {
  std::vector<int32_t> sequence, positions;
  for (int32_t p = 0; p < 70; ++p) sequence.push_back(2), positions.push_back(p);
  sequence.push_back(0), positions.push_back(1100);
  sequence.push_back(3), positions.push_back(0);
  for (int32_t p = 20; p < 25; ++p) sequence.push_back(1), positions.push_back(p);
  const int64_t tokens = static_cast<int64_t>(sequence.size()), heads = 4, dim = 40;
  for (const Float type : kFloats) {
    for (const auto& [kv_heads, page_tokens] : {std::pair{1, 64}, {2, 1200}, {4, 24}, {2, 100}}) {
      const Paging paging(page_tokens, 4, 1200);
      const AttentionShape shape{type, tokens, heads, kv_heads, dim, 0.2f};
      const Values q = Values::random(type, tokens * heads * dim, 1);
      const Values k = Values::random(type, tokens * kv_heads * dim, 2);
      const Values v = Values::random(type, tokens * kv_heads * dim, 3);
      Values keys = Values::random(type, paging.tokens() * kv_heads * dim, 4), keys2 = keys;
      Values values = Values::random(type, keys.count(), 5), values2 = values;
      Values y(type, q.count()), y2(type, q.count());
      Values scratch(Float::f32, paged_attention_scratch(shape, paging.capacity(), threads()));
      ASSERT_TRUE(kernels().attention.paged_attention(
          parallel(),
          arguments(paging, {shape, q, k, v, keys, values, y, scratch, sequence, positions})));
      reference::paged_attention(
          arguments(paging, {shape, q, k, v, keys2, values2, y2, scratch, sequence, positions}));
      expect_close(y, y2, "y");
      expect_same_bits(keys, keys2, "key cache");
      expect_same_bits(values, values2, "value cache");
    }
  }
}

// The rest of a cache holds whatever the memory held, and the rest of the table whatever it held.
TEST_P(AttentionKernels, PagedAttentionReadsNothingBeyondThePosition) {
  const int64_t dim = 16, used = 67;
  Paging paging(32, 1, 140);
  for (const Float type : kFloats) {
    const AttentionShape shape{type, 1, 1, 1, dim, 0.25f};
    const Values q = Values::random(type, dim, 1), k = Values::random(type, dim, 2);
    Values cache(type, paging.tokens() * dim);
    for (int64_t i = 0; i < cache.count(); ++i) cache.set(i, NAN);
    for (int64_t p = 0; p < used; ++p) {
      const int64_t row = paging.table[static_cast<size_t>(p / 32)] * 32 + p % 32;
      for (int64_t d = 0; d < dim; ++d)
        cache.set(row * dim + d, static_cast<double>((p + d) % 5) / 3);
    }
    for (size_t i = used / 32 + 1; i < paging.table.size(); ++i) paging.table[i] = -1;
    Values keys = cache, values = cache, y(type, dim), y2(type, dim);
    Values scratch(Float::f32, paged_attention_scratch(shape, paging.capacity(), threads()));
    const std::vector<int32_t> sequence{0}, positions{static_cast<int32_t>(used)};
    ASSERT_TRUE(kernels().attention.paged_attention(
        parallel(),
        arguments(paging, {shape, q, k, k, keys, values, y, scratch, sequence, positions})));
    reference::paged_attention(
        arguments(paging, {shape, q, k, k, keys, values, y2, scratch, sequence, positions}));
    expect_close(y, y2, "y");
  }
}

TEST_P(AttentionKernels, PagedAttentionRefusesPlacesOutsideTheCache) {
  const AttentionShape shape{Float::f32, 1, 1, 1, 4, 1.f};
  Values q = Values::random(Float::f32, 4, 1), cache(Float::f32, 4 * 3 * 4), y(Float::f32, 4);
  const auto accepts = [&](int32_t sequence, int32_t position, int32_t second_page) {
    Paging paging(3, 2, 6);
    paging.table[1] = second_page;
    Values scratch(Float::f32, paged_attention_scratch(shape, 6, threads()));
    const std::vector<int32_t> sequences{sequence}, positions{position};
    return kernels().attention.paged_attention(
        parallel(),
        arguments(paging, {shape, q, q, q, cache, cache, y, scratch, sequences, positions}));
  };
  EXPECT_TRUE(accepts(0, 5, 3));
  EXPECT_TRUE(accepts(0, 2, -1)) << "a page that is not reached";
  EXPECT_FALSE(accepts(0, 3, -1));
  EXPECT_FALSE(accepts(0, 3, 4));
  EXPECT_FALSE(accepts(2, 0, 3));
  EXPECT_FALSE(accepts(-1, 0, 3));
  EXPECT_FALSE(accepts(0, 6, 3));
  EXPECT_FALSE(accepts(0, -1, 3));
}

// The row of a token is the same alone and in a batch.
TEST_P(AttentionKernels, PagedAttentionDoesNotDependOnTheBatch) {
  const int64_t heads = 4, kv_heads = 2, dim = 32;
  const Paging paging(64, 3, 700);
  for (const Float type : kFloats) {
    const Values cache = Values::random(type, paging.tokens() * kv_heads * dim, 9);
    const auto row = [&](int64_t tokens) {
      const AttentionShape shape{type, tokens, heads, kv_heads, dim, 0.2f};
      const Values q = Values::random(type, tokens * heads * dim, 1);
      const Values k = Values::random(type, tokens * kv_heads * dim, 2);
      const std::vector<int32_t> sequence = {1, 0, 2}, positions = {600, 30, 650};
      Values keys = cache, values = cache, y(type, q.count()), first(type, heads * dim);
      Values scratch(Float::f32, paged_attention_scratch(shape, paging.capacity(), threads()));
      EXPECT_TRUE(kernels().attention.paged_attention(
          parallel(),
          arguments(paging, {shape, q, k, k, keys, values, y, scratch, sequence, positions})));
      std::memcpy(first.data(), y.data(), static_cast<size_t>(heads * dim * bytes_of(type)));
      return first;
    };
    expect_same_bits(row(1), row(3), "y of the first token");
  }
}

}  // namespace lmos::cpu::testing
