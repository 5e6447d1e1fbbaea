// Cross-entropy against plain loops in double precision.
#include <cmath>
#include <sstream>

#include "cuda/loss/cross_entropy.h"
#include "cuda/testing/array.h"
#include "cuda/testing/tests.h"

namespace lmos::cuda::testing {
namespace {

using Values = std::vector<double>;

void test_case(Float type, int64_t rows, int64_t vocab, int64_t step, bool in_place) {
  const Array logits = Array::random(type, rows * step, 1, 3);
  const Array separate(type, rows * step);
  const Array& gradient = in_place ? logits : separate;
  std::vector<int32_t> labels(rows);
  for (int64_t r = 0; r < rows; ++r)
    labels[r] = r % 3 == 2 ? -100 : static_cast<int32_t>(r * 7919 % vocab);
  const Indices label(labels);
  const FaultCell fault;
  const Array dloss = Array::of(Float::f32, {0.5});
  const Values x = logits.values();
  Values loss(rows), lse(rows), grad(rows * step);
  for (int64_t r = 0; r < rows; ++r) {
    double peak = -INFINITY, sum = 0;
    for (int64_t i = 0; i < vocab; ++i) peak = std::max(peak, x[r * step + i]);
    for (int64_t i = 0; i < vocab; ++i) sum += std::exp(x[r * step + i] - peak);
    lse[r] = peak + std::log(sum);
    if (labels[r] < 0) continue;
    loss[r] = lse[r] - x[r * step + labels[r]];
    for (int64_t i = 0; i < vocab; ++i) {
      grad[r * step + i] = (std::exp(x[r * step + i] - lse[r]) - (i == labels[r])) * 0.5 * 0.25;
    }
  }
  const Array losses(Float::f32, rows), lses(Float::f32, rows);
  cross_entropy(nullptr, {type, rows, vocab, step, -100, logits.data(), label.data(), dloss.f32(), 0, 0.25f,
                 losses.f32(), lses.f32(), false, gradient.data(), fault.data()});
  require(cudaGetLastError(), "cross entropy");
  std::ostringstream name;
  name << "cross entropy " << name_of(type) << " " << rows << "×" << vocab << " of " << step;
  check(name.str() + " loss", distance(losses.values(), loss), 2e-6);
  check(name.str() + " lse", distance(lses.values(), lse), 2e-6);
  check(name.str() + " gradient", distance(gradient.values(), grad), tolerance(type));
  if (in_place) return;
  const Array again(type, rows * step);
  cross_entropy(nullptr, {type, rows, vocab, step, -100, logits.data(), label.data(), dloss.f32(),
                          0, 0.25f, nullptr, lses.f32(), true, again.data(), fault.data()});
  check(name.str() + " gradient from lse", distance(again.values(), grad), tolerance(type));
  check(name.str() + " no fault", static_cast<int>(fault.value().kind), 0);
}

}  // namespace

void test_cross_entropy() {
  for (const Float type : {Float::bf16, Float::f16, Float::f32}) {
    test_case(type, 7, 50257, 50304, true);
    test_case(type, 5, 1003, 1003, false);
    test_case(type, 4, 128256, 128256, false);
  }
}

}  // namespace lmos::cuda::testing
