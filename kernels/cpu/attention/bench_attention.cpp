#include <numeric>

#include "cpu/attention/attention_reference.h"
#include "cpu/testing/bench.h"

using namespace lmos::cpu;
using testing::Values;

namespace {

struct Case {
  const char* name;
  int64_t sequences, sequence, heads, kv_heads, dim;
};
constexpr Case kTraining[] = {{"12 x 64, 4 heads of 32", 12, 64, 4, 4, 32},
                              {"8 x 256, 8 heads of 64", 8, 256, 8, 8, 64},
                              {"1 x 2048, 32/4 heads of 64", 1, 2048, 32, 4, 64}};

void training(const testing::Bench& bench, Float type, const Case& c) {
  const AttentionShape shape{type, c.sequences * c.sequence, c.heads, c.kv_heads, c.dim, 0.125f};
  const Values q = Values::random(type, shape.tokens * c.heads * c.dim, 1);
  const Values k = Values::random(type, shape.tokens * c.kv_heads * c.dim, 2);
  const Values v = Values::random(type, k.count(), 3), dy = Values::random(type, q.count(), 4);
  Values y(type, q.count()), lse(Float::f32, shape.tokens * c.heads);
  Values dq(type, q.count()), dk(type, k.count()), dv(type, k.count());
  Values scratch(Float::f32, std::max(attention_scratch(shape, bench.threads()),
                                      attention_grad_scratch(shape, c.sequence, bench.threads())));
  const Attention forward{shape,    c.sequence, true,     q.data(),  k.data(),
                          v.data(), nullptr,    y.data(), lse.f32(), scratch.f32()};
  const AttentionGrad backward{shape,     c.sequence, true,      dy.data(),    q.data(),
                               k.data(),  v.data(),   y.data(),  lse.f32(),    nullptr,
                               dq.data(), dk.data(),  dv.data(), scratch.f32()};
  const auto run_forward = [&] { bench.kernels().attention.attention(bench.parallel(), forward); };
  const auto run_backward = [&] {
    bench.kernels().attention.attention_grad(bench.parallel(), backward);
  };
  run_forward();
  run_backward();
  if (c.sequence <= 256) {
    Attention expected = forward;
    Values y2 = y, dq2 = dq, dk2 = dk, dv2 = dv;
    expected.y = y2.data();
    reference::attention(expected);
    bench.check(c.name, y, y2, 2);
    AttentionGrad expected_grad = backward;
    expected_grad.dq = dq2.data();
    expected_grad.dk = dk2.data();
    expected_grad.dv = dv2.data();
    reference::attention_grad(expected_grad);
    bench.check(c.name, dq, dq2, 4);
    bench.check(c.name, dk, dk2, 4);
    bench.check(c.name, dv, dv2, 4);
    run_forward();
  }
  // Pairs of tokens below and on the diagonal; two products forward, five backward.
  const double pairs =
      static_cast<double>(shape.tokens * c.heads) * static_cast<double>(c.sequence + 1) / 2;
  const double product = 2 * pairs * static_cast<double>(c.dim);
  const std::string suffix = std::string(" ") + testing::name_of(type) + " " + c.name;
  bench.print_flops("attention" + suffix, bench.seconds(run_forward), 2 * product, type);
  bench.print_flops("attention_grad" + suffix, bench.seconds(run_backward), 5 * product, type);
}

void decode(const testing::Bench& bench, Float type, int64_t tokens, int64_t context,
            int64_t kv_heads) {
  constexpr int64_t kPageTokens = 64;
  const int64_t heads = 32, dim = 64, pages_each = context / kPageTokens + 1,
                pages = tokens * pages_each;
  const AttentionShape shape{type, tokens, heads, kv_heads, dim, 0.125f};
  const Values q = Values::random(type, tokens * heads * dim, 1);
  const Values k = Values::random(type, tokens * kv_heads * dim, 2);
  Values keys = Values::random(type, pages * kPageTokens * kv_heads * dim, 3), values = keys;
  Values y(type, q.count()), y2 = y;
  std::vector<int32_t> sequence(static_cast<size_t>(tokens)), table(static_cast<size_t>(pages)),
      positions(static_cast<size_t>(tokens), static_cast<int32_t>(context));
  std::iota(sequence.begin(), sequence.end(), 0);
  // As a long-lived server finds them: side by side in no order.
  for (int64_t i = 0; i < pages; ++i)
    table[static_cast<size_t>(i)] = static_cast<int32_t>(pages - 1 - i);
  Values scratch(Float::f32,
                 paged_attention_scratch(shape, pages_each * kPageTokens, bench.threads()));
  PagedAttention args{shape,        pages,           kPageTokens,      tokens,      pages_each,
                      q.data(),     k.data(),        k.data(),         keys.data(), values.data(),
                      table.data(), sequence.data(), positions.data(), y.data(),    scratch.f32()};
  const auto run = [&] { bench.kernels().attention.paged_attention(bench.parallel(), args); };
  run();
  args.y = y2.data();
  reference::paged_attention(args);
  bench.check("paged_attention", y, y2);
  bench.print_bytes(
      "paged_attention " + std::string(testing::name_of(type)) + " " + std::to_string(tokens) +
          " x " + std::to_string(context) + ", 32/" + std::to_string(kv_heads) + " heads",
      bench.seconds(run),
      static_cast<double>(2 * tokens * (context + 1) * kv_heads * dim * bytes_of(type)));
}

}  // namespace

int main(int argc, char** argv) {
  const testing::Bench bench(argc, argv);
  for (const Float type : {Float::f32, Float::bf16}) {
    for (const Case& c : kTraining) training(bench, type, c);
    for (const int64_t kv_heads : {4, 32}) {
      decode(bench, type, 1, 2000, kv_heads);
      decode(bench, type, 8, 500, kv_heads);
    }
  }
}
