// Benches of the kernels that read and write each element about once: they should run at the
// memory's speed, or the cache's.
#include "cpu/activation/swiglu_reference.h"
#include "cpu/loss/cross_entropy_reference.h"
#include "cpu/norm/rms_norm_reference.h"
#include "cpu/optimizer/optimizer_reference.h"
#include "cpu/random/random_reference.h"
#include "cpu/rope/rope_reference.h"
#include "cpu/rows/rows_reference.h"
#include "cpu/testing/bench.h"

using namespace lmos::cpu;
using testing::Values;

namespace {

constexpr int64_t kTokens = 2048, kEmbed = 512;

void bench_norm(const testing::Bench& bench, Float type) {
  const int64_t count = kTokens * kEmbed;
  const Values x = Values::random(type, count, 1), r = Values::random(type, count, 2);
  const Values w = Values::random(Float::f32, kEmbed, 3);
  Values sum(type, count), y(type, count), rstd(Float::f32, kTokens), dx(type, count);
  Values sum2 = sum, y2 = y, rstd2 = rstd, dw(Float::f32, kEmbed);
  Values partial(Float::f32, rms_norm_partials(kTokens) * kEmbed);
  RmsNorm args{type,     Float::f32, kTokens,     kEmbed,    1e-5f,      x.data(),
               r.data(), w.data(),   sum2.data(), y2.data(), rstd2.f32()};
  reference::rms_norm(args);
  args.sum = sum.data();
  args.y = y.data();
  args.rstd = rstd.f32();
  const double bytes = static_cast<double>(count * bytes_of(type));
  const std::string suffix = std::string(" ") + testing::name_of(type);
  const double seconds =
      bench.seconds([&] { bench.kernels().norm.rms_norm(bench.parallel(), args); });
  bench.check("add_rms_norm", y, y2);
  bench.print_bytes("add_rms_norm" + suffix, seconds, 4 * bytes);
  const RmsNormGrad grad{type,     Float::f32, kTokens,   kEmbed,    r.data(),     x.data(),
                         w.data(), rstd.f32(), dx.data(), dw.data(), partial.f32()};
  bench.print_bytes("rms_norm_grad" + suffix, bench.seconds([&] {
    bench.kernels().norm.rms_norm_grad(bench.parallel(), grad);
  }),
                    3 * bytes);
}

void bench_swiglu(const testing::Bench& bench, Float type) {
  const int64_t count = kTokens * 1376;
  const Values dy = Values::random(type, count, 1), gate = Values::random(type, count, 2);
  const Values up = Values::random(type, count, 3);
  Values y(type, count), y2(type, count), dup(type, count);
  reference::swiglu({type, count, gate.data(), up.data(), y2.data()});
  const double bytes = static_cast<double>(count * bytes_of(type));
  const double seconds = bench.seconds([&] {
    bench.kernels().activation.swiglu(bench.parallel(),
                                      {type, count, gate.data(), up.data(), y.data()});
  });
  bench.check("swiglu", y, y2);
  bench.print_bytes(std::string("swiglu ") + testing::name_of(type), seconds, 3 * bytes);
  bench.print_bytes(std::string("swiglu_grad ") + testing::name_of(type), bench.seconds([&] {
    bench.kernels().activation.swiglu_grad(
        bench.parallel(), {type, count, dy.data(), gate.data(), up.data(), y.data(), dup.data()});
  }),
                    5 * bytes);
}

void bench_rope(const testing::Bench& bench, Float type) {
  const int64_t heads = 8, dim = 64, count = kTokens * heads * dim;
  const Values x = Values::random(type, count, 1);
  Values y(type, count), y2(type, count), frequencies(Float::f32, dim / 2);
  std::vector<int32_t> positions;
  for (int32_t t = 0; t < kTokens; ++t) positions.push_back(t % 256);
  for (int64_t i = 0; i < dim / 2; ++i) frequencies.set(i, 1.0 / static_cast<double>(i + 1));
  Rope args{type,     false, kTokens, heads, dim, x.data(), positions.data(), frequencies.f32(),
            y2.data()};
  reference::rope(args);
  args.y = y.data();
  const double seconds = bench.seconds([&] { bench.kernels().rope.rope(bench.parallel(), args); });
  bench.check("rope", y, y2);
  bench.print_bytes(std::string("rope ") + testing::name_of(type), seconds,
                    static_cast<double>(2 * count * bytes_of(type)));
}

void bench_rows(const testing::Bench& bench, Float type) {
  const int64_t rows = 4096;
  const Values dy = Values::random(type, kTokens * kEmbed, 1);
  std::vector<int32_t> index;
  for (int64_t t = 0; t < kTokens; ++t) index.push_back(static_cast<int32_t>(t * 7919 % rows));
  std::vector<int32_t> order(static_cast<size_t>(scatter_add_scratch(rows, kTokens)));
  Values y(Float::f32, rows * kEmbed), y2(Float::f32, rows * kEmbed);
  ScatterAddRows args{type,      Float::f32,   rows,      kEmbed,      kTokens,
                      dy.data(), index.data(), y2.data(), order.data()};
  reference::scatter_add_rows(args);
  args.y = y.data();
  const double seconds =
      bench.seconds([&] { bench.kernels().rows.scatter_add_rows(bench.parallel(), args); });
  bench.check("scatter_add_rows", y, y2);
  bench.print_bytes(std::string("scatter_add_rows ") + testing::name_of(type), seconds,
                    static_cast<double>(dy.count() * bytes_of(type) + y.count() * 4));
}

void bench_loss(const testing::Bench& bench, Float type) {
  const LinearCrossEntropyShape shape{type, Float::f32, 512, kEmbed, 4096, -100};
  const Values x = Values::random(type, shape.tokens * kEmbed, 1);
  const Values w = Values::random(type, shape.vocab * kEmbed, 2, 0.05);
  std::vector<int32_t> labels(static_cast<size_t>(shape.tokens), 17);
  const float dloss = 1.f;
  Values loss(Float::f32, shape.tokens), lse = loss, dx(type, x.count());
  Values dw(Float::f32, w.count());
  const LinearCrossEntropy head(bench.kernels(), shape, true, bench.threads());
  Values scratch(Float::f32, head.scratch_bytes() / 4 + 1);
  const LinearCrossEntropyGradArgs args{.x = x.data(),
                                        .w = w.data(),
                                        .labels = labels.data(),
                                        .dloss = &dloss,
                                        .lse = lse.f32(),
                                        .loss = loss.f32(),
                                        .dx = dx.data(),
                                        .dw = dw.data()};
  const double seconds =
      bench.seconds([&] { head.gradient(bench.parallel(), args, scratch.data()); });
  Values loss2 = loss, lse2 = lse, dx2 = dx, dw2 = dw;
  LinearCrossEntropyGradArgs expected = args;
  expected.loss = loss2.f32();
  expected.lse = lse2.f32();
  expected.dx = dx2.data();
  expected.dw = dw2.data();
  reference::linear_cross_entropy(shape, expected);
  bench.check("linear_cross_entropy_step", dx, dx2);
  bench.check("linear_cross_entropy_step", loss, loss2);
  bench.print_flops(std::string("linear_cross_entropy_step ") + testing::name_of(type), seconds,
                    6.0 * static_cast<double>(shape.tokens * kEmbed * shape.vocab), type);
}

void bench_updates(const testing::Bench& bench) {
  const int64_t count = int64_t{8} << 20;
  Values p = Values::random(Float::f32, count, 1), m = Values::random(Float::f32, count, 2, 0.1);
  Values v(Float::f32, count), p2 = p, m2 = m;
  for (int64_t i = 0; i < count; ++i) v.set(i, m[i] * m[i] + 0.001);
  Values v2 = v;
  const Values g = Values::random(Float::f32, count, 3);
  const float hyper[] = {1e-3f, 0.9f, 0.95f, 1e-8f, 0.1f, 0.19f, 0.0975f}, clip = 1.f;
  Adamw args{Float::f32, Float::f32, Float::f32, true,  count, p2.data(),
             m2.data(),  v2.data(),  g.data(),   hyper, &clip};
  reference::adamw(args);
  args.parameter = p.data();
  args.m = m.data();
  args.v = v.data();
  bench.kernels().optimizer.adamw(bench.parallel(), args);
  bench.check("adamw", p, p2);
  bench.print_bytes("adamw f32",
                    bench.seconds([&] { bench.kernels().optimizer.adamw(bench.parallel(), args); }),
                    static_cast<double>(count) * 28);
  std::vector<double> partial(static_cast<size_t>(count / kNormPiece));
  bench.print_bytes("sum_of_squares f32", bench.seconds([&] {
    bench.kernels().optimizer.sum_of_squares(bench.parallel(),
                                             {Float::f32, count, g.data(), partial.data()});
  }),
                    static_cast<double>(count) * 4);
  const int64_t state[] = {1, 2};
  bench.print_bytes("random_uniform", bench.seconds([&] {
    bench.kernels().random.random_uniform(bench.parallel(), {state, 0, count, m.f32()});
  }),
                    static_cast<double>(count) * 4);
  if (m.f32()[5] != reference::uniform(state, 0, 5)) std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  const testing::Bench bench(argc, argv);
  for (const Float type : {Float::f32, Float::bf16}) {
    bench_norm(bench, type);
    bench_swiglu(bench, type);
    bench_rope(bench, type);
    bench_rows(bench, type);
    bench_loss(bench, type);
  }
  bench_updates(bench);
}
