// Times the kernels: bench_kernels [TFLOP/s that the machine gives on a large bf16 product].
#include <cstdio>
#include <cstdlib>

#include "cuda/attention/attention.h"
#include "cuda/attention/paged_attention.h"
#include "cuda/loss/cross_entropy.h"
#include "cuda/products/skinny.h"
#include "cuda/testing/array.h"
#include "cuda/testing/read_bandwidth.h"

namespace lmos::cuda::testing {
namespace {

double read_rate = 0;     // bytes a second
double product_rate = 0;  // operations a second, or 0 if unknown

void print_bytes(const char* name, double seconds, double bytes) {
  std::printf("%-58s %9.2f µs %7.0f GB/s %5.1f %% of reading\n", name, seconds * 1e6,
              bytes / seconds * 1e-9, 100 * bytes / seconds / read_rate);
}

void print_flops(const char* name, double seconds, double flops) {
  std::printf("%-58s %9.2f µs %7.0f TFLOP/s", name, seconds * 1e6, flops / seconds * 1e-12);
  if (product_rate > 0)
    std::printf(" %5.1f %% of a large product", 100 * flops / seconds / product_rate);
  std::printf("\n");
}

// Random bits of small bf16 values, made on the device by doubling.
class Pool {
 public:
  explicit Pool(int64_t bytes) : bytes_(bytes), array_(Float::bf16, bytes / 2) {
    const Array seed = Array::random(Float::bf16, int64_t{1} << 22, 1, 0.02);
    int64_t filled = 0;
    while (filled < bytes) {
      const int64_t count = std::min(bytes - filled, seed.count() * 2);
      require(cudaMemcpy(static_cast<uint8_t*>(array_.data()) + filled, seed.data(), count,
                         cudaMemcpyDeviceToDevice),
              "fill");
      filled += count;
    }
  }
  // The next `bytes` of the pool, from its beginning when it is used up.
  const void* next(int64_t bytes) {
    bytes = (bytes + 255) / 256 * 256;
    if (at_ + bytes > bytes_) at_ = 0;
    at_ += bytes;
    return static_cast<uint8_t*>(array_.data()) + at_ - bytes;
  }
  void rewind() { at_ = 0; }
  const void* data() const { return array_.data(); }
  int64_t bytes() const { return bytes_; }

 private:
  int64_t bytes_, at_ = 0;
  Array array_;
};

void bench_attention(cudaStream_t stream, int64_t batch, int64_t heads, int64_t kv_heads,
                     int64_t sequence, int64_t dim, bool causal) {
  const int64_t tokens = batch * sequence, wide = heads * dim, step = (heads + 2 * kv_heads) * dim;
  const AttentionShape shape{Float::bf16, tokens, heads, kv_heads, dim, 0.125f};
  const AttentionSteps steps{step, step, step};
  const Array qkv = Array::random(Float::bf16, tokens * step, 1),
              dy = Array::random(Float::bf16, tokens * wide, 2);
  const Array y(Float::bf16, tokens * wide), lse(Float::f32, tokens * heads),
      gradient(Float::bf16, tokens * step);
  const Array scratch(Float::f32, attention_grad_scratch_bytes(shape, sequence) / 4);
  const auto at = [&](const Array& array, int64_t offset) {
    return static_cast<uint8_t*>(array.data()) + offset * 2;
  };
  const double products = 2.0 * batch * heads * sequence * sequence * dim * (causal ? 0.5 : 1);
  char name[160];
  const auto label = [&](const char* what) {
    std::snprintf(name, sizeof name, "%s %ld×%ld heads %ld/%ld dim %ld%s", what, batch, sequence,
                  heads, kv_heads, dim, causal ? " causal" : "");
    return name;
  };
  const double forward = seconds(stream, [&] {
    attention(stream, {shape, steps, sequence, causal, at(qkv, 0), at(qkv, wide),
                       at(qkv, wide + kv_heads * dim), nullptr, y.data(), lse.f32()});
  });
  print_flops(label("attention"), forward, 2 * products);
  for (const bool deterministic : {false, true}) {
    const double backward = seconds(stream, [&] {
      attention_grad(stream, {shape, steps, sequence, causal, deterministic, dy.data(), at(qkv, 0),
                              at(qkv, wide), at(qkv, wide + kv_heads * dim), y.data(), lse.f32(),
                              nullptr, steps, at(gradient, 0), at(gradient, wide),
                              at(gradient, wide + kv_heads * dim), scratch.data()});
    });
    print_flops(label(deterministic ? "deterministic gradient" : "attention gradient"), backward,
                5 * products);
  }
}

void bench_product(cudaStream_t stream, Pool& pool, const SkinnyShape& shape, int64_t outputs) {
  if (!skinny_covers(shape)) return;
  const int64_t matrices = shape.epilogue == SkinnyEpilogue::swiglu ? 2 : 1;
  const int64_t bytes =
      outputs * shape.inputs * (shape.format == WeightFormat::same ? bytes_of(shape.type) : 1);
  const Array x = Array::random(shape.type, shape.rows * shape.inputs, 1),
              y(shape.type, shape.rows * outputs);
  const Array scales = Array::random(Float::f32, outputs, 2),
              norm = Array::random(Float::f32, shape.inputs, 3);
  const double time = graph_seconds(
      stream,
      [&] {
        Skinny args{shape, x.data(), norm.data(), Float::f32, Float::f32, 1e-5f, {}, true};
        for (int64_t i = 0; i < matrices; ++i) {
          args.matrices[i] = {outputs, pool.next(bytes), scales.f32(), nullptr, nullptr, y.data()};
        }
        skinny_product(stream, args);
      },
      30);
  char name[160];
  std::snprintf(name, sizeof name, "product %s%s %ld×%ld→%ld%s%s", name_of(shape.type),
                shape.format == WeightFormat::same   ? ""
                : shape.format == WeightFormat::e4m3 ? " e4m3"
                                                     : " int8",
                shape.rows, shape.inputs, outputs, matrices == 2 ? " swiglu" : "",
                shape.normalised ? " norm" : "");
  print_bytes(name, time, static_cast<double>(matrices * bytes));
}

inline constexpr int64_t kPageTokens = 16;

std::vector<int32_t> first_pages(int64_t count) {
  std::vector<int32_t> pages(count);
  for (int64_t i = 0; i < count; ++i) pages[i] = static_cast<int32_t>(i);
  return pages;
}

struct Model {
  const char* name;
  int64_t layers, embed, heads, kv_heads, dim, mlp, vocab;
};

// One token through all layers of a LLaMA shape: five kernels a layer.
void bench_decode(cudaStream_t stream, Pool& pool, const Model& m, WeightFormat format,
                  int64_t context) {
  const int64_t wide = m.heads * m.dim, narrow = m.kv_heads * m.dim, capacity = 1024;
  const Array residual = Array::random(Float::bf16, m.embed, 1),
              qkv(Float::bf16, wide + 2 * narrow), y(Float::bf16, wide),
              hidden(Float::bf16, 2 * m.mlp), logits(Float::bf16, m.vocab);
  const Array norm = Array::random(Float::bf16, m.embed, 2),
              scales = Array::random(Float::f32, 2 * m.vocab, 3, 1e-3);
  const Array cache = Array::random(Float::bf16, 2 * m.layers * capacity * narrow, 4);
  const Indices pages(first_pages(capacity / kPageTokens)), zero({0}),
      position({static_cast<int32_t>(context - 1)});
  const Array frequencies = Array::random(Float::f32, m.dim / 2, 5);
  const FaultCell fault;
  double bytes = 0;
  const int64_t weight_bytes = format == WeightFormat::same ? 2 : 1;
  // x by matrices of these outputs, whose results follow one another in `to`.
  const auto product = [&](const Array& x, const Array& to, int64_t inputs,
                           std::initializer_list<int64_t> outputs, bool normalised,
                           SkinnyEpilogue epilogue, const void* added) {
    Skinny args{{Float::bf16, format, epilogue, 1, inputs, normalised},
                x.data(),
                norm.data(),
                Float::f32,
                Float::bf16,
                1e-5f,
                {},
                true};
    uint8_t* y = static_cast<uint8_t*>(to.data());
    SkinnyMatrix* matrix = args.matrices;
    for (const int64_t count : outputs) {
      const int64_t size = inputs * count * weight_bytes;
      bytes += static_cast<double>(size);
      *matrix++ = {count, pool.next(size), scales.f32(), nullptr, added, y};
      y += count * 2;
    }
    skinny_product(stream, args);
  };
  const auto step = [&] {
    pool.rewind();
    bytes = 0;
    for (int64_t layer = 0; layer < m.layers; ++layer) {
      product(residual, qkv, m.embed, {wide, narrow, narrow}, true, SkinnyEpilogue::plain, nullptr);
      uint8_t* rows = static_cast<uint8_t*>(qkv.data());
      uint8_t* keys = static_cast<uint8_t*>(cache.data()) + layer * 4 * capacity * narrow;
      paged_attention(stream, {{Float::bf16, 1, m.heads, m.kv_heads, m.dim, 0.1f},
                               {wide + 2 * narrow, wide + 2 * narrow, wide + 2 * narrow},
                               capacity / kPageTokens,
                               kPageTokens,
                               1,
                               capacity / kPageTokens,
                               rows,
                               rows + wide * 2,
                               rows + (wide + narrow) * 2,
                               keys,
                               keys + 2 * capacity * narrow,
                               pages.data(),
                               zero.data(),
                               position.data(),
                               frequencies.f32(),
                               y.data(),
                               fault.data(),
                               true});
      bytes += static_cast<double>(context * narrow * 4);
      product(y, residual, wide, {m.embed}, false, SkinnyEpilogue::plain, residual.data());
      product(residual, hidden, m.embed, {m.mlp, m.mlp}, true, SkinnyEpilogue::swiglu, nullptr);
      product(hidden, residual, m.mlp, {m.embed}, false, SkinnyEpilogue::plain, residual.data());
    }
    product(residual, logits, m.embed, {m.vocab}, true, SkinnyEpilogue::plain, nullptr);
  };
  const double time = graph_seconds(stream, step);
  char name[160];
  std::snprintf(name, sizeof name, "decode %s %s context %ld: %.0f tokens/s", m.name,
                format == WeightFormat::same   ? "bf16"
                : format == WeightFormat::e4m3 ? "e4m3"
                                               : "int8",
                context, 1 / time);
  print_bytes(name, time, bytes);
}

void bench_paged(cudaStream_t stream, int64_t tokens, int64_t context, bool one_sequence) {
  const int64_t heads = 32, kv_heads = 8, dim = 128, narrow = kv_heads * dim;
  const int64_t sequences = one_sequence ? 1 : tokens;
  const int64_t capacity = one_sequence ? context + tokens : context;
  const int64_t sequence_pages = (capacity + kPageTokens - 1) / kPageTokens;
  const int64_t cache = sequences * sequence_pages * kPageTokens * narrow;
  const Array q = Array::random(Float::bf16, tokens * heads * dim, 1),
              k = Array::random(Float::bf16, tokens * narrow, 2), y(Float::bf16, q.count());
  const Array keys = Array::random(Float::bf16, cache, 3),
              values = Array::random(Float::bf16, cache, 4);
  std::vector<int32_t> sequence(tokens), position(tokens);
  for (int64_t t = 0; t < tokens; ++t) {
    sequence[t] = one_sequence ? 0 : static_cast<int32_t>(t);
    position[t] = static_cast<int32_t>(one_sequence ? context + t : context - 1);
  }
  const Indices table(first_pages(sequences * sequence_pages)), sequence_data(sequence),
      position_data(position);
  const FaultCell fault;
  const AttentionShape shape{Float::bf16, tokens, heads, kv_heads, dim, 0.1f};
  const double time = graph_seconds(
      stream,
      [&] {
        paged_attention(
            stream,
            {shape, contiguous_steps(shape), sequences * sequence_pages, kPageTokens, sequences,
             sequence_pages, q.data(), k.data(), k.data(), keys.data(), values.data(), table.data(),
             sequence_data.data(), position_data.data(), nullptr, y.data(), fault.data(), true});
      },
      10);
  char name[160];
  std::snprintf(name, sizeof name, "paged attention %ld tokens, context %ld%s", tokens, context,
                one_sequence ? ", one sequence" : "");
  if (one_sequence) {
    const double rows = static_cast<double>(tokens) *
                        (static_cast<double>(context) + (static_cast<double>(tokens) + 1) / 2.0);
    print_flops(name, time, 4.0 * rows * static_cast<double>(heads * dim));
  } else {
    print_bytes(name, time, 4.0 * static_cast<double>(tokens * context * narrow));
  }
}

void bench_cross_entropy(cudaStream_t stream, Float type, int64_t rows, int64_t vocab) {
  const Array logits = Array::random(type, rows * vocab, 1), dloss = Array::of(Float::f32, {1}),
              loss(Float::f32, rows), gradient(type, rows * vocab);
  const Indices labels(std::vector<int32_t>(rows, 1));
  const double time = seconds(stream, [&] {
    cross_entropy(stream, {type, rows, vocab, vocab, -1, logits.data(), labels.data(), dloss.f32(),
                           0, 1.f, loss.f32(), nullptr, false, gradient.data(), nullptr});
  });
  char name[160];
  std::snprintf(name, sizeof name, "cross entropy %s %ld×%ld, read and written", name_of(type),
                rows, vocab);
  print_bytes(name, time, 2.0 * bytes_of(type) * rows * vocab);
}

void run() {
  cudaStream_t stream;
  require(cudaStreamCreate(&stream), "stream");
  Pool pool(int64_t{17} << 30);
  const Indices sum({0});
  const double read = seconds(stream, [&] {
    read_all(pool.data(), int64_t{8} << 30, reinterpret_cast<uint32_t*>(sum.data()), stream);
  });
  read_rate = (int64_t{8} << 30) / read;
  std::printf("read bandwidth %.0f GB/s\n", read_rate * 1e-9);
  bench_attention(stream, 64, 12, 12, 1024, 64, true);
  bench_attention(stream, 8, 32, 32, 2048, 64, true);
  bench_attention(stream, 4, 32, 8, 2048, 128, true);
  bench_attention(stream, 4, 32, 8, 2048, 128, false);
  constexpr auto kSame = WeightFormat::same;
  constexpr auto kPlain = SkinnyEpilogue::plain;
  for (const int64_t rows : {1, 4, 16}) {
    bench_product(stream, pool, {Float::bf16, kSame, kPlain, rows, 2048, rows == 1}, 2560);
    bench_product(stream, pool, {Float::bf16, kSame, kPlain, rows, 2048, false}, 2048);
    bench_product(stream, pool, {Float::bf16, kSame, SkinnyEpilogue::swiglu, rows, 2048, rows == 1},
                  5632);
    bench_product(stream, pool, {Float::bf16, kSame, kPlain, rows, 5632, false}, 2048);
    bench_product(stream, pool, {Float::bf16, kSame, kPlain, rows, 2048, rows == 1}, 32000);
    bench_product(stream, pool, {Float::bf16, kSame, kPlain, rows, 4096, rows == 1}, 6144);
    bench_product(stream, pool, {Float::bf16, kSame, SkinnyEpilogue::swiglu, rows, 4096, rows == 1},
                  14336);
    bench_product(stream, pool, {Float::bf16, kSame, kPlain, rows, 14336, false}, 4096);
  }
  bench_product(stream, pool, {Float::bf16, WeightFormat::e4m3, kPlain, 1, 14336, false}, 4096);
  bench_product(stream, pool, {Float::bf16, WeightFormat::int8, kPlain, 1, 14336, false}, 4096);
  bench_product(stream, pool, {Float::f32, kSame, kPlain, 1, 4096, false}, 6144);
  bench_product(stream, pool, {Float::f32, kSame, kPlain, 16, 4096, false}, 6144);
  const Model small{"1.1B", 22, 2048, 32, 4, 64, 5632, 32000},
      large{"8B", 32, 4096, 32, 8, 128, 14336, 128256};
  for (const WeightFormat format : {WeightFormat::same, WeightFormat::e4m3, WeightFormat::int8}) {
    bench_decode(stream, pool, small, format, 512);
    bench_decode(stream, pool, large, format, 512);
  }
  bench_paged(stream, 1, 512, false);
  bench_paged(stream, 1, 32768, false);
  bench_paged(stream, 64, 512, false);
  bench_paged(stream, 256, 512, false);
  bench_paged(stream, 2048, 0, true);
  bench_cross_entropy(stream, Float::bf16, 8192, 50304);
  bench_cross_entropy(stream, Float::f32, 4096, 50304);
  bench_cross_entropy(stream, Float::bf16, 4096, 128256);
}

}  // namespace
}  // namespace lmos::cuda::testing

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (argc > 1) lmos::cuda::testing::product_rate = std::atof(argv[1]) * 1e12;
  lmos::cuda::testing::run();
}
