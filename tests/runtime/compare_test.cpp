#include "runtime/compare.h"

#include <gtest/gtest.h>

#include "runtime/small_graph.h"
#include "runtime/tensor_store.h"

namespace lmos::runtime {
namespace {

std::vector<NodeDifference> compare_small_graph(Device& examined) {
  Device& device = test::backend("reference");
  TensorStore store(device);
  Stream stream(device);
  const std::vector<float> weights = {1, 0, 0, 1, 2, -1};
  store.allocate("w", {LMOS_F32, {3, 2}}, MemoryCategory::kParameters);
  store.upload(stream, "w", std::as_bytes(std::span(weights)));
  store.allocate_zeros(stream, "total", {LMOS_F32, {2, 3}}, MemoryCategory::kOther);
  Executable trusted(device, small_graph(2));
  trusted.allocate();
  store.bind_to(trusted);
  Buffer x = floats(device, stream, {1, 2, -3, 0.5f});
  trusted.bind("x", x);
  return compare_nodes(trusted, stream, examined);
}

TEST(Compare, FindsNothingBetweenEqualDevices) {
  std::vector<NodeDifference> differences = compare_small_graph(test::backend("reference"));
  EXPECT_EQ(differences.size(), 5u);  // linear, constant, rms_norm (two), accumulate's state
  for (const NodeDifference& d : differences) EXPECT_EQ(d.relative_l2, 0) << d.op;
  EXPECT_EQ(difference_table(differences, 0).find('*'), std::string::npos);
}

TEST(Compare, DecomposesOnTheExaminedDevice) {
  WithoutRmsNorm backend;
  for (const NodeDifference& d : compare_small_graph(backend.device())) {
    EXPECT_LT(d.relative_l2, 1e-6) << d.op;
  }
}

TEST(Compare, NamesTheOperationThatIsWrong) {
  // The reference, but its linear is wrong: it runs with the weights' first row in place of x.
  lmos_backend_interface table = test::backend("reference").table();
  table.kernel_run = [](lmos_kernel* kernel, lmos_stream* stream, const lmos_operand* operands,
                        uint64_t count, lmos_operand scratch) {
    std::vector<lmos_operand> changed(operands, operands + count);
    bool is_linear = count == 4 && operands[2].buffer == nullptr;
    if (is_linear) changed[0] = operands[1];
    return test::backend("reference")
        .table()
        .kernel_run(kernel, stream, changed.data(), count, scratch);
  };
  Device wrong("wrong", test::host_services().host(), &table);
  std::vector<NodeDifference> differences = compare_small_graph(wrong);
  for (const NodeDifference& d : differences) {
    if (d.op == "linear") {
      EXPECT_GT(d.relative_l2, 0.1);
    } else {
      EXPECT_EQ(d.relative_l2, 0) << d.op << ": errors must not add up over nodes";
    }
  }
  EXPECT_NE(difference_table(differences, 1e-5).find("*      0"), std::string::npos)
      << difference_table(differences, 1e-5);
}

}  // namespace
}  // namespace lmos::runtime
