// The decomposition of every coarse op against the op itself, on each row of the table of
// operations.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "backends/backend_plugins.h"
#include "backends/op_case.h"
#include "backends/run_node.h"
#include "graph/builder.h"
#include "graph/interpreter.h"
#include "graph/op.h"
#include "graph/verify.h"
#include "passes/decompose.h"

namespace lmos::test {
namespace {

std::vector<HostTensor> run_reference(const ConcreteCase& concrete) {
  return run_node(backend("reference"), concrete);
}

const std::vector<OpCase>& table() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> kept;
    for (OpCase& row : all_cases()) {
      if (!graph::find_op(row.op)->primitive()) kept.push_back(std::move(row));
    }
    return kept;
  }();
  return cases;
}

double relative_l2(const HostTensor& actual, const HostTensor& expected) {
  const auto a = values_of(actual);
  const auto e = values_of(expected);
  double error = 0, size = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    error += (a[i] - e[i]) * (a[i] - e[i]);
    size += e[i] * e[i];
  }
  return std::sqrt(error / (size == 0 ? 1 : size));
}

class DecompositionTable : public testing::TestWithParam<size_t> {
 protected:
  // Results in f32, or computed by way of f32 operands, are only as good as f32.
  void check(lmos_dtype dtype, double tolerance, double f32_tolerance) {
    const ConcreteCase concrete = make_concrete(table()[GetParam()], dtype, dtype, run_reference);
    const auto expected = run_reference(concrete);
    const graph::Graph primitives = passes::decompose(
        concrete.graph,
        [](const graph::Graph&, const graph::Node& node) { return node.op->primitive(); });
    graph::verify(primitives);
    NamedTensors given;
    const graph::Node& node = concrete.graph.nodes[0];
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == graph::kNoValue) continue;
      given[concrete.graph.value(node.inputs[i]).name] = concrete.operands[i];
    }
    const NamedTensors actual = interpret(primitives, given);
    std::vector<std::string> names;
    for (const graph::Output& output : primitives.outputs) names.push_back(output.name);
    for (uint32_t state : node.op->states)
      names.push_back(concrete.graph.value(node.inputs[state]).name);
    ASSERT_EQ(names.size(), expected.size());
    for (size_t i = 0; i < names.size(); ++i) {
      const HostTensor& result = actual.at(names[i]);
      ASSERT_EQ(result.type, expected[i].type) << names[i];
      const bool narrow = result.type.dtype == LMOS_F32 && dtype != LMOS_F32;
      EXPECT_LE(relative_l2(result, expected[i]), narrow ? f32_tolerance : tolerance) << names[i];
    }
  }
};

TEST_P(DecompositionTable, ComputesTheSameInF64) { check(LMOS_F64, 1e-12, 1e-6); }
TEST_P(DecompositionTable, ComputesTheSameInF32) { check(LMOS_F32, 1e-5, 1e-5); }
TEST_P(DecompositionTable, ComputesTheSameInBf16) { check(LMOS_BF16, 6e-3, 6e-3); }

INSTANTIATE_TEST_SUITE_P(Rows, DecompositionTable, testing::Range(size_t{0}, table().size()),
                         [](const auto& info) { return table()[info.param].label; });

TEST(DecompositionTableRows, HaveEveryCoarseOperation) {
  std::set<std::string_view> covered;
  for (const OpCase& row : table()) covered.insert(row.op);
  for (const graph::Op* op : graph::all_ops()) {
    EXPECT_EQ(covered.contains(op->name), !op->primitive()) << op->name;
  }
}

}  // namespace
}  // namespace lmos::test
