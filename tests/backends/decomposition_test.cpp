// Each coarse operation against its own decomposition into primitives, both on the reference in
// f64.
#include <gtest/gtest.h>

#include <cmath>

#include "backends/backend_plugins.h"
#include "backends/op_case.h"
#include "backends/run_node.h"
#include "graph/op.h"
#include "passes/decompose.h"
#include "runtime/executable.h"

namespace lmos::test {
namespace {

std::vector<HostTensor> run_decomposed(const ConcreteCase& concrete) {
  runtime::Device& device = backend("reference");
  graph::Graph primitives = passes::decompose(
      concrete.graph,
      [](const graph::Graph&, const graph::Node& node) { return node.op->primitive(); });
  runtime::Executable executable(device, primitives);
  executable.allocate();
  runtime::Stream stream(device);
  const graph::Node& node = concrete.graph.nodes[0];
  std::vector<runtime::Buffer> buffers;
  for (const HostTensor& operand : concrete.operands) {
    buffers.push_back(device.allocate(operand.bytes.size()));
    runtime::upload_now<std::byte>(stream, buffers.back().operand(), operand.bytes);
    if (operand.type.dtype != 0)
      executable.bind("operand" + std::to_string(buffers.size() - 1), buffers.back());
  }
  executable.run(stream);
  std::vector<HostTensor> results;
  auto read = [&](const graph::TensorType& type, lmos_operand operand) {
    HostTensor result{type, std::vector<std::byte>(type.bytes())};
    runtime::download_now<std::byte>(stream, result.bytes, operand);
    results.push_back(std::move(result));
  };
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    std::string name = "output" + std::to_string(i);
    read(executable.output_type(name), executable.output(name));
  }
  for (uint32_t i : node.op->states) read(concrete.operands[i].type, buffers[i].operand());
  return results;
}

double relative_l2(const HostTensor& actual, const HostTensor& expected) {
  std::vector<double> a = values_of(actual), e = values_of(expected);
  double error = 0, size = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    error += (a[i] - e[i]) * (a[i] - e[i]);
    size += e[i] * e[i];
  }
  return std::sqrt(error / std::max(size, 1e-300));
}

TEST(Decomposition, ComputesTheSameAsItsOperation) {
  for (const OpCase& op_case : all_cases()) {
    if (graph::find_op(op_case.op)->primitive()) continue;
    SCOPED_TRACE(op_case.label);
    auto run = [](const ConcreteCase& c) { return run_node(backend("reference"), c); };
    ConcreteCase concrete = make_concrete(op_case, LMOS_F64, LMOS_F64, run);
    std::vector<HostTensor> expected = run(concrete), actual = run_decomposed(concrete);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      // Results in f32 are rounded; those in f64 differ by the order of sums.
      double tolerance = expected[i].type.dtype == LMOS_F64 ? 1e-12 : 1e-6;
      EXPECT_LE(relative_l2(actual[i], expected[i]), tolerance) << "result " << i;
    }
  }
}

}  // namespace
}  // namespace lmos::test
