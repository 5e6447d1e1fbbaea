// The VJP of every differentiable op against central differences, on each row of the table of
// operations, in f64.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "autodiff/autodiff.h"
#include "backends/backend_plugins.h"
#include "backends/op_case.h"
#include "backends/run_node.h"
#include "graph/builder.h"
#include "graph/interpreter.h"
#include "graph/op.h"
#include "graph/verify.h"

namespace lmos::test {
namespace {

std::vector<HostTensor> run_reference(const ConcreteCase& concrete) {
  return run_node(backend("reference"), concrete);
}

bool rounds_coarsely(const graph::TensorType& type) {
  return graph::is_float(type.dtype) && graph::dtype_bytes(type.dtype) < 4;
}

// Rows whose op has a VJP. Not: casts from or to bf16, whose differences are steps, and rows
// without float operands.
const std::vector<OpCase>& table() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> kept;
    for (OpCase& row : all_cases()) {
      const graph::Op* op = graph::find_op(row.op);
      if (!op->vjp) continue;
      const ConcreteCase concrete = make_concrete(row, LMOS_F64, LMOS_F64, run_reference);
      bool smooth = false;
      for (graph::ValueId id : concrete.graph.inputs) {
        smooth |= graph::is_float(concrete.graph.type(id).dtype);
      }
      for (const graph::Value& value : concrete.graph.values)
        smooth &= !rounds_coarsely(value.type);
      smooth &= graph::is_float(concrete.graph.type(concrete.graph.outputs[0].value).dtype);
      if (smooth) kept.push_back(std::move(row));
    }
    return kept;
  }();
  return cases;
}

// A row as a loss: Σ seed · y, with y the op's output (of add_rms_norm, sum + y), and its
// gradients.
class Loss {
 public:
  explicit Loss(const OpCase& row)
      : case_(make_concrete(row, LMOS_F64, LMOS_F64, run_reference)), graph_(case_.graph) {
    graph::Builder b(graph_);
    const graph::Node node = graph_.nodes[0];
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const graph::ValueId id = node.inputs[i];
      if (id == graph::kNoValue) continue;
      given_[graph_.value(id).name] = case_.operands[i];
      const bool constant = row.op == "rope" && i == 2;  // frequencies
      if (graph::is_float(graph_.type(id).dtype) && !constant) wrt_.push_back(id);
    }
    y_ = row.op == "add_rms_norm" ? b.add(node.outputs[0], node.outputs[1]) : node.outputs[0];
    const graph::ValueId seed = b.input("seed", graph_.type(y_));
    given_["seed"] = random_tensor(graph_.type(y_), 77);
    graph_.outputs.clear();
    b.output("y", y_);
    gradients_ = autodiff::gradients(graph_, y_, seed, wrt_);
    graph::verify(graph_);
  }

  const graph::Graph& graph() const { return graph_; }
  const std::vector<graph::ValueId>& wrt() const { return wrt_; }
  const std::vector<graph::ValueId>& gradients() const { return gradients_; }
  const HostTensor& operand(graph::ValueId id) const { return given_.at(graph_.value(id).name); }
  bool narrow_output() const { return graph_.type(y_).dtype == LMOS_F32; }

  std::vector<HostTensor> gradient_values() const {
    graph::Graph graph = graph_;
    graph::Builder b(graph);
    for (size_t i = 0; i < gradients_.size(); ++i) b.output("d" + std::to_string(i), gradients_[i]);
    const NamedTensors results = interpret(graph, given_);
    std::vector<HostTensor> values;
    for (size_t i = 0; i < gradients_.size(); ++i)
      values.push_back(results.at("d" + std::to_string(i)));
    return values;
  }

  // The loss where operand `id` has these values.
  double at(graph::ValueId id, HostTensor operand) const {
    ConcreteCase moved = case_;
    const auto& inputs = case_.graph.nodes[0].inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] == id) moved.operands[i] = operand;
    }
    const auto outputs = run_reference(moved);
    const bool two = case_.graph.nodes[0].op->name == "add_rms_norm";
    const auto seed = values_of(given_.at("seed"));
    double loss = 0;
    for (size_t k = 0; k < (two ? 2 : 1); ++k) {
      const auto y = values_of(outputs[k]);
      for (size_t i = 0; i < y.size(); ++i) loss += seed[i] * y[i];
    }
    return loss;
  }

 private:
  ConcreteCase case_;
  graph::Graph graph_;
  NamedTensors given_;
  graph::ValueId y_;
  std::vector<graph::ValueId> wrt_, gradients_;
};

// The values moved by `step` along `direction`, rounded to the operand's dtype.
HostTensor moved(const HostTensor& operand, const std::vector<double>& direction, double step) {
  std::vector<double> values = values_of(operand);
  for (size_t i = 0; i < values.size(); ++i) values[i] += step * direction[i];
  return make_tensor(operand.type, values);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kRandomDirections = 1, kSingleElements = 2;  // the same code, many times slower
#else
constexpr uint64_t kRandomDirections = 4, kSingleElements = 8;
#endif

// Directions to probe: random ones of all elements, and single elements.
std::vector<std::vector<double>> directions(const HostTensor& operand) {
  const auto count = static_cast<size_t>(operand.type.elements());
  std::vector<std::vector<double>> result;
  const graph::TensorType dense{LMOS_F64, {static_cast<int64_t>(count)}};
  for (uint64_t seed = 1000; seed < 1000 + kRandomDirections; ++seed)
    result.push_back(values_of(random_tensor(dense, seed)));
  for (size_t i = 0; i < kSingleElements; ++i) {
    std::vector<double> single(count);
    single[(i * 7919 + 3) % count] = 1;
    result.push_back(std::move(single));
  }
  return result;
}

double size_of(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value * value;
  return std::sqrt(sum);
}

class GradientTable : public testing::TestWithParam<size_t> {};

TEST_P(GradientTable, AgreesWithCentralDifferences) {
  const Loss loss(table()[GetParam()]);
  const auto gradients = loss.gradient_values();
  for (size_t k = 0; k < gradients.size(); ++k) {
    SCOPED_TRACE("operand " + std::to_string(k));
    const HostTensor& operand = loss.operand(loss.wrt()[k]);
    const auto gradient = values_of(gradients[k]);
    // What is stored or given in f32 is coarse; such operands and outputs are linear in the table,
    // so large steps do.
    const bool coarse = operand.type.dtype == LMOS_F32 || loss.narrow_output();
    double scale = 1;
    for (double value : values_of(operand)) scale = std::max(scale, std::abs(value));
    const double step = coarse ? scale / 64 : 1e-5;
    const double tolerance = coarse ? 1e-4 : 1e-6;
    for (const auto& direction : directions(operand)) {
      const HostTensor ahead = moved(operand, direction, step);
      const HostTensor behind = moved(operand, direction, -step);
      const double difference = loss.at(loss.wrt()[k], ahead) - loss.at(loss.wrt()[k], behind);
      // The step as rounding left it.
      const auto to = values_of(ahead);
      const auto from = values_of(behind);
      double expected = 0;
      std::vector<double> steps(to.size());
      for (size_t i = 0; i < to.size(); ++i) {
        steps[i] = to[i] - from[i];
        expected += gradient[i] * steps[i];
      }
      const double bound = tolerance * (size_of(gradient) + 1) * size_of(steps);
      EXPECT_NEAR(difference, expected, bound);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, GradientTable, testing::Range(size_t{0}, table().size()),
                         [](const auto& info) { return table()[info.param].label; });

TEST(GradientTableRows, HaveEveryDifferentiableOperation) {
  std::set<std::string_view> covered;
  for (const OpCase& row : table()) covered.insert(row.op);
  for (const graph::Op* op : graph::all_ops()) {
    EXPECT_EQ(covered.contains(op->name), op->vjp != nullptr) << op->name;
  }
}

}  // namespace
}  // namespace lmos::test
