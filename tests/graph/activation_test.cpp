// What the activations of the SDK compute, and their slopes.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "autodiff/autodiff.h"
#include "graph/builder.h"
#include "graph/interpreter.h"
#include "graph/verify.h"
#include "llmasos/nn.hpp"
#include "registry/graph_service.h"

namespace lmos::test {
namespace {

using sdk::nn::Activation;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Function {
  const char* name;
  Activation activation;
  double (*value)(double x);
};

void PrintTo(const Function& function, std::ostream* out) { *out << function.name; }

// As PyTorch and transformers define them.
constexpr Function kFunctions[] = {
    {"gelu", Activation::kGelu,
     [](double x) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2)); }},
    {"gelu_tanh", Activation::kGeluTanh,
     [](double x) {
       const double u = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
       return x / 2 * (1 + std::tanh(u));
     }},
    {"quick_gelu", Activation::kQuickGelu, [](double x) { return x * sigmoid(1.702 * x); }},
    {"relu", Activation::kRelu, [](double x) { return x > 0 ? x : 0; }},
    {"silu", Activation::kSilu, [](double x) { return x * sigmoid(x); }},
    {"tanh", Activation::kTanh, [](double x) { return std::tanh(x); }},
};

struct Curve {
  std::vector<double> values, slopes;
};

Curve curve(Activation activation, const std::vector<double>& points, lmos_dtype dtype) {
  graph::Graph graph;
  registry::GraphSession session(graph, dtype, dtype);
  sdk::GraphBuilder model(&registry::graph_service(), session.handle());
  const auto x = model.input("x", dtype, {std::ssize(points)});
  const auto y = sdk::nn::activate(model, activation, x);
  model.output("y", y);
  graph::Builder& b = session.builder();
  const graph::ValueId wrt[] = {static_cast<graph::ValueId>(x)};
  const graph::ValueId seed = b.constant(1, graph.type(y));
  b.output("dx", autodiff::gradients(graph, y, seed, wrt)[0]);
  graph::verify(graph);
  EXPECT_EQ(graph.type(y), graph.type(x));
  const NamedTensors results = interpret(graph, {{"x", make_tensor(graph.type(x), points)}});
  return {values_of(results.at("y")), values_of(results.at("dx"))};
}

// On both sides of 0, with steps that bf16 holds.
std::vector<double> points() {
  std::vector<double> all;
  for (int i = -40; i < 40; ++i) all.push_back((i + 0.5) / 8);
  for (double x : {-300.0, -30.0, 30.0, 300.0}) all.push_back(x);
  return all;
}

class ActivationFunction : public testing::TestWithParam<Function> {};

TEST_P(ActivationFunction, HasTheValuesOfItsDefinition) {
  const Curve actual = curve(GetParam().activation, points(), LMOS_F64);
  for (size_t i = 0; i < points().size(); ++i) {
    const double expected = GetParam().value(points()[i]);
    EXPECT_NEAR(actual.values[i], expected, 1e-14 * (1 + std::abs(expected))) << points()[i];
  }
}

TEST_P(ActivationFunction, HasTheSlopeOfCentralDifferences) {
  const Curve actual = curve(GetParam().activation, points(), LMOS_F64);
  for (size_t i = 0; i < points().size(); ++i) {
    const double x = points()[i], step = 1e-5;
    const double rise = GetParam().value(x + step) - GetParam().value(x - step);
    EXPECT_NEAR(actual.slopes[i], rise / (2 * step), 1e-8) << x;
  }
}

TEST_P(ActivationFunction, RoundsOnceToBfloat16) {
  const Curve actual = curve(GetParam().activation, points(), LMOS_BF16);
  for (size_t i = 0; i < points().size(); ++i) {
    const double expected = GetParam().value(points()[i]);
    EXPECT_NEAR(actual.values[i], expected, std::abs(expected) * 0x1.001p-8 + 1e-6) << points()[i];
  }
}

INSTANTIATE_TEST_SUITE_P(All, ActivationFunction, testing::ValuesIn(kFunctions),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Relu, IsFlatAtZeroAsPyTorchHasIt) {
  for (lmos_dtype dtype : {LMOS_F64, LMOS_F32, LMOS_BF16}) {
    const Curve actual = curve(Activation::kRelu, {-1, -0.0, 0.0, 1}, dtype);
    EXPECT_EQ(actual.values, (std::vector<double>{0, 0, 0, 1}));
    EXPECT_EQ(actual.slopes, (std::vector<double>{0, 0, 0, 1}));
  }
}

TEST(Relu, KeepsNan) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(curve(Activation::kRelu, {nan}, LMOS_F32).values[0]));
}

}  // namespace
}  // namespace lmos::test
