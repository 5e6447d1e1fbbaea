// Large products whose kernel is chosen by measuring: the same results as of the library's first
// proposal, and nothing left of the trials.
#include "cuda/products/matmul.h"
#include "cuda/testing/array.h"
#include "cuda/testing/tests.h"

namespace lmos::cuda::testing {
namespace {

struct MeasuredCase {
  const char* name;
  MatmulShape shape;
};

struct Outputs {
  std::vector<double> y, h;
};

Outputs run(Products& products, const MatmulShape& s) {
  const Array a = Array::random(s.type, s.m * s.k, 1),
              b = Array::random(s.type, s.n * s.k, 2, 0.05);
  const Array bias = Array::random(s.bias_type, s.n, 3);
  const Array y = Array::random(s.result_type, s.m * s.n, 4),
              h = Array::random(s.result_type, s.m * s.n, 5);
  const auto product = products.product(s);
  if (product == nullptr) return {};
  const Array scratch(Float::f32, product->scratch_bytes() / 4 + 64);
  product->run(nullptr, a.data(), b.data(), s.bias ? bias.data() : nullptr, y.data(),
               scratch.data(), h.data());
  require(cudaDeviceSynchronize(), "a product");
  return {y.values(), h.values()};
}

}  // namespace

void test_measured_products() {
  const MatmulShape plain{.type = Float::bf16,
                          .result_type = Float::bf16,
                          .m = 2048,
                          .n = 3072,
                          .k = 2048,
                          .transpose_b = true};
  MatmulShape biased = plain, gelu = plain, gelu_grad = plain, sum = plain;
  biased.bias = true;
  gelu.bias = true;
  gelu.epilogue = Epilogue::gelu;
  gelu_grad.epilogue = Epilogue::gelu_grad;
  sum.result_type = Float::f32;
  sum.accumulate = true;
  Products first({}), measured({.library_folder = "", .tf32 = false, .measure = true});
  for (const MeasuredCase& c : {MeasuredCase{"plain", plain},
                                {"bias", biased},
                                {"gelu", gelu},
                                {"gelu's gradient", gelu_grad},
                                {"accumulated", sum}}) {
    const Outputs expected = run(first, c.shape), seen = run(measured, c.shape);
    const std::string name = std::string("measured product ") + c.name;
    check(name + " exists", expected.y.empty() || seen.y.empty(), 0);
    if (expected.y.empty() || seen.y.empty()) continue;
    check(name, distance(seen.y, expected.y), tolerance(Float::bf16));
    check(name + ", beside", distance(seen.h, expected.h), tolerance(Float::bf16));
  }
}

}  // namespace lmos::cuda::testing
