#include <cstring>

#include "cpu/products/products_reference.h"
#include "cpu/testing/bench.h"
#include "cpu/testing/compact_matrix.h"

using namespace lmos::cpu;
using testing::Values;

namespace {

std::string title(const char* what, Float type, int64_t m, int64_t n, int64_t k) {
  return std::string(what) + " " + testing::name_of(type) + " " + std::to_string(m) + " x " +
         std::to_string(n) + " x " + std::to_string(k);
}

// y = x wᵀ; enough copies of w that none is found in the caches.
void skinny(const testing::Bench& bench, Float type, int64_t rows, int64_t outputs, int64_t inputs,
            bool transposed) {
  const int64_t weights = outputs * inputs;
  const int64_t copies = std::max<int64_t>(1, (int64_t{256} << 20) / (weights * bytes_of(type)));
  const Values x = Values::random(type, rows * inputs, 1);
  const Values w = Values::random(type, weights, 2);
  Values many(type, copies * weights);
  for (int64_t i = 0; i < copies; ++i) {
    std::memcpy(static_cast<char*>(many.data()) + i * weights * bytes_of(type), w.data(),
                static_cast<size_t>(weights * bytes_of(type)));
  }
  Values y(type, rows * outputs), expected(type, rows * outputs);
  Skinny args{type,      type,     type,     rows,    inputs,
              outputs,   x.data(), w.data(), nullptr, expected.data(),
              transposed};
  reference::skinny(args);
  args.y = y.data();
  Values scratch(Float::f32, bench.kernels().skinny.scratch_bytes(args, bench.threads()) / 4);
  args.scratch = scratch.data();
  const double seconds = bench.seconds([&] {
    for (int64_t i = 0; i < copies; ++i) {
      args.w = static_cast<const char*>(many.data()) + i * weights * bytes_of(type);
      bench.kernels().skinny.skinny(bench.parallel(), args);
    }
  });
  const std::string name =
      title(transposed ? "skinny transposed" : "skinny", type, rows, outputs, inputs);
  bench.check(name, y, expected);
  bench.print_bytes(name, seconds / static_cast<double>(copies),
                    static_cast<double>(weights * bytes_of(type)));
}

// The same of compact weights, beside those of the row above: the bytes are what is read.
void compact(const testing::Bench& bench, int64_t rows, int64_t outputs, int64_t inputs) {
  const int64_t copies = std::max<int64_t>(1, (int64_t{256} << 20) / (outputs * inputs * 2));
  const Values x = Values::random(Float::bf16, rows * inputs, 1);
  const Values w = Values::random(Float::bf16, outputs * inputs, 2);
  const testing::CompactMatrix matrix(w, outputs, inputs);
  const size_t bytes = matrix.blocks.size();
  std::vector<uint8_t> many;
  for (int64_t i = 0; i < copies; ++i)
    many.insert(many.end(), matrix.blocks.begin(), matrix.blocks.end());
  Values y(Float::bf16, rows * outputs), expected(Float::bf16, rows * outputs);
  Skinny args{Float::bf16, Float::bf16, Float::bf16, rows,    inputs,
              outputs,     x.data(),    w.data(),    nullptr, expected.data()};
  reference::skinny(args);
  args.y = y.data();
  args.format = WeightFormat::compact;
  args.bases = matrix.bases.data();
  args.raw = matrix.raw.data();
  Values scratch(Float::f32, bench.kernels().skinny.scratch_bytes(args, bench.threads()) / 4);
  args.scratch = scratch.data();
  const double seconds = bench.seconds([&] {
    for (int64_t i = 0; i < copies; ++i) {
      args.w = many.data() + static_cast<size_t>(i) * bytes;
      bench.kernels().skinny.skinny(bench.parallel(), args);
    }
  });
  const std::string name = title("skinny compact", Float::bf16, rows, outputs, inputs);
  bench.check(name, y, expected);
  bench.print_bytes(name, seconds / static_cast<double>(copies), static_cast<double>(bytes));
}

void matmul(const testing::Bench& bench, const char* what, const MatmulShape& shape) {
  const Values a = Values::random(shape.type, shape.m * shape.k, 1);
  const Values b = Values::random(shape.type, shape.n * shape.k, 2);
  Values c(shape.result_type, shape.m * shape.n);
  const Matmul product(shape, bench.threads());
  Values scratch(Float::f32, product.scratch_bytes() / 4 + 1);
  const auto run = [&] {
    product.run(bench.parallel(), a.data(), b.data(), nullptr, c.data(), scratch.data());
  };
  run();
  const std::string name = title(what, shape.type, shape.m, shape.n, shape.k);
  if (shape.m * shape.n * shape.k < 30'000'000) {
    Values expected(shape.result_type, c.count());
    reference::matmul(shape, a.data(), b.data(), nullptr, expected.data());
    bench.check(name, c, expected);
  }
  bench.print_flops(name, bench.seconds(run),
                    2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.n) *
                        static_cast<double>(shape.k),
                    shape.type);
}

struct Layer {
  int64_t tokens, inputs, outputs;
};

}  // namespace

int main(int argc, char** argv) {
  const testing::Bench bench(argc, argv);
  for (const Float type : {Float::bf16, Float::f32}) {
    for (const int64_t rows : {1, 2, 4, 8, 16, 32, 64}) {
      skinny(bench, type, rows, 5632, 2048, false);
      skinny(bench, type, rows, 5632, 2048, true);
      if (type == Float::bf16) compact(bench, rows, 5632, 2048);
    }
    skinny(bench, type, 1, 2048, 5632, false);
    skinny(bench, type, 1, 2048, 2048, false);
    skinny(bench, type, 1, 256, 2048, false);
    skinny(bench, type, 1, 32000, 2048, false);
    for (const int64_t rows : {16, 32, 64, 96}) {
      matmul(bench, "matmul",
             {.type = type,
              .result_type = type,
              .m = rows,
              .n = 5632,
              .k = 2048,
              .transpose_b = true});
    }
    for (const auto [tokens, inputs, outputs] : {Layer{768, 128, 128},
                                                 {768, 128, 344},
                                                 {2048, 512, 512},
                                                 {2048, 512, 1376},
                                                 {512, 2048, 2048},
                                                 {512, 2048, 256},
                                                 {512, 2048, 5632},
                                                 {512, 5632, 2048}}) {
      matmul(bench, "linear",
             {.type = type,
              .result_type = type,
              .m = tokens,
              .n = outputs,
              .k = inputs,
              .transpose_b = true});
      if (tokens == 512) continue;
      matmul(bench, "its dx",
             {.type = type, .result_type = type, .m = tokens, .n = inputs, .k = outputs});
      matmul(bench, "its dw",
             {.type = type,
              .result_type = Float::f32,
              .m = outputs,
              .n = inputs,
              .k = tokens,
              .transpose_a = true});
    }
  }
}
