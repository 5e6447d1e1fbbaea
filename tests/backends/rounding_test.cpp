// Weights that are rounded at random: right in the mean, one of the two neighbours, and the same
// bits on every backend.
#include <gtest/gtest.h>

#include <cmath>

#include "backends/backend_plugins.h"
#include "backends/host_tensor.h"
#include "graph/builder.h"
#include "passes/round_stochastically.h"
#include "runtime/compile.h"
#include "runtime/device.h"
#include "runtime/executable.h"
#include "runtime/tensor_store.h"

namespace lmos::test {
namespace {

using graph::TensorType;

class Rounding {
 public:
  Rounding(runtime::Device& device, const std::vector<double>& weights)
      : stream_(device), store_(device) {
    const TensorType type{LMOS_F32, {static_cast<int64_t>(weights.size())}};
    graph::Graph graph;
    graph::Builder builder(graph);
    graph::Parameter description;
    description.name = "w";
    const graph::ValueId w = builder.parameter(description, type);
    builder.output("y", builder.cast(w, LMOS_BF16));
    executable_ = runtime::compile(device, passes::round_stochastically(graph), {});
    executable_->allocate();
    store_.allocate("w", type, runtime::MemoryCategory::kParameters);
    store_.upload(stream_, "w", make_tensor(type, weights).bytes);
    store_.bind_to(*executable_);
    state_ = device.allocate(16, runtime::MemoryCategory::kInputs);
    executable_->bind("random_state", state_);
  }

  std::vector<double> run(int64_t seed, int64_t step) {
    const int64_t state[] = {seed, step};
    runtime::upload_now(stream_, state_.operand(), std::span<const int64_t>(state));
    executable_->run(stream_);
    HostTensor y{executable_->output_type("y"), {}};
    y.bytes.resize(y.type.bytes());
    runtime::download_now<std::byte>(stream_, y.bytes, executable_->output("y"));
    return values_of(y);
  }

 private:
  runtime::Stream stream_;
  runtime::TensorStore store_;
  std::unique_ptr<runtime::Executable> executable_;
  runtime::Buffer state_;
};

struct Weight {
  double value, below, above;  // the neighbours in bf16, of 8 bits
};

// Of several sizes, signs and places between their neighbours, also around powers of two.
std::vector<Weight> weights() {
  std::vector<Weight> all;
  for (const double scale : {1.0, -1.0, 0.02, -3e-20, 7e4})
    for (int i = 0; i < 40; ++i) {
      const double value = static_cast<float>(scale * (1 + i / 39.0 * 1.1));
      const double unit = std::ldexp(1, std::ilogb(value) - 7);
      all.push_back({value, std::floor(value / unit) * unit, std::ceil(value / unit) * unit});
    }
  for (const double value : {1 - 0x1p-10, -1 + 0x1p-10, 1 + 0x1p-10, 2 - 0x1p-9}) {
    const double unit = std::ldexp(1, std::ilogb(value) - 7);
    all.push_back({value, std::floor(value / unit) * unit, std::ceil(value / unit) * unit});
  }
  return all;
}

std::vector<double> values_of_weights() {
  std::vector<double> values;
  for (const Weight& weight : weights()) values.push_back(weight.value);
  return values;
}

TEST(StochasticRounding, IsRightInTheMeanOfManySteps) {
  constexpr int kSteps = 2000;
  Rounding rounding(backend("cpu"), values_of_weights());
  const auto all = weights();
  std::vector<double> above(all.size());
  for (int step = 0; step < kSteps; ++step) {
    const auto y = rounding.run(7, step);
    for (size_t i = 0; i < y.size(); ++i) {
      ASSERT_TRUE(y[i] == all[i].below || y[i] == all[i].above) << all[i].value << ": " << y[i];
      if (all[i].above != all[i].below) above[i] += y[i] == all[i].above;
    }
  }
  double squares = 0, sum = 0;
  int64_t counted = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].above == all[i].below) continue;
    const double p = (all[i].value - all[i].below) / (all[i].above - all[i].below);
    const double z = (above[i] - p * kSteps) / std::sqrt(p * (1 - p) * kSteps);
    EXPECT_LT(std::abs(z), 4.5) << all[i].value;
    squares += z * z;
    sum += z;
    ++counted;
  }
  // All together: the mean of the squares of normal numbers, and their sum.
  const double n = static_cast<double>(counted);
  EXPECT_GT(counted, 150);
  EXPECT_LT(std::abs(squares / n - 1), 4 * std::sqrt(2 / n));
  EXPECT_LT(std::abs(sum), 4 * std::sqrt(n));
}

TEST(StochasticRounding, GivesTheSameBitsOnEveryBackend) {
  Rounding trusted(backend("reference"), values_of_weights());
  for (const std::string& name : backend_names()) {
    Rounding rounding(backend(name), values_of_weights());
    for (const int64_t step : {0, 1, 99}) {
      EXPECT_EQ(rounding.run(7, step), trusted.run(7, step)) << name;
      EXPECT_EQ(rounding.run(7, step), rounding.run(7, step)) << name;
    }
    EXPECT_NE(rounding.run(7, 1), rounding.run(7, 2)) << name;
    EXPECT_NE(rounding.run(8, 1), rounding.run(7, 1)) << name;
  }
}

TEST(StochasticRounding, KeepsWhatNeedsNoRounding) {
  const std::vector<double> exact = {0, 1, -1.5, 65536, 0x1p-126, INFINITY, -INFINITY, -0.0078125};
  for (const std::string& name : backend_names()) {
    Rounding rounding(backend(name), exact);
    for (int step = 0; step < 20; ++step) EXPECT_EQ(rounding.run(3, step), exact) << name;
    Rounding nan(backend(name), {std::nan("")});
    EXPECT_TRUE(std::isnan(nan.run(3, 0)[0])) << name;
  }
}

}  // namespace
}  // namespace lmos::test
