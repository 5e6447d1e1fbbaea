#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "check.h"
#include "graph/builder.h"
#include "pipeline/config_service.h"
#include "plugin_under_check.h"
#include "runtime/device.h"
#include "runtime/node_view.h"

namespace lmos::check {

namespace {

using runtime::Device;
using runtime::Stream;

// The backend's first device.
class Opened {
 public:
  explicit Opened(PluginUnderCheck& plugin) {
    const auto& table = plugin.table<lmos_backend_interface>(LMOS_BACKEND_ID);
    if (table.device_count(plugin.host()) == 0)
      throw Skipped("this machine has no such device: " + runtime::take_plugin_error());
    section_ = plugin.section("backend", table.fields, table.field_count);
    device_.emplace(plugin.record().name, plugin.host(), &table, config_node(section_));
  }
  Device& device() { return *device_; }

 private:
  ConfigTree section_;
  std::optional<Device> device_;
};

void device_has_a_name(PluginUnderCheck& plugin) {
  Opened opened(plugin);
  expect(!opened.device().name().empty(), "the device has no name");
}

void memory_keeps_its_contents(PluginUnderCheck& plugin) {
  Opened opened(plugin);
  Stream stream(opened.device());
  constexpr uint64_t kBytes = 100'003, kOffset = 64;
  const runtime::Buffer buffer = opened.device().allocate(kBytes + kOffset);
  std::vector<unsigned char> sent(kBytes), received(kBytes);
  for (uint64_t i = 0; i < kBytes; ++i) sent[i] = static_cast<unsigned char>(i * 31 + 7);
  runtime::upload_now<unsigned char>(stream, buffer.operand(kOffset), sent);
  runtime::download_now<unsigned char>(stream, received, buffer.operand(kOffset));
  expect(sent == received, "what was uploaded is not what was downloaded");
}

// An operation on float32 tensors with its result.
struct Example {
  const char* op;
  graph::Attributes attributes;
  std::vector<std::vector<int64_t>> shapes;
  std::vector<std::vector<float>> inputs;
  std::vector<float> expected;  // of the first output
};

std::vector<Example> examples() {
  return {
      {"add", {}, {{3}, {3}}, {{1, 2, 3}, {10, 20, 30}}, {11, 22, 33}},
      {"mul", {}, {{3}, {3}}, {{1, 2, 3}, {4, 5, 6}}, {4, 10, 18}},
      {"rsqrt", {}, {{2}}, {{4, 0.25}}, {0.5, 2}},
      {"reduce_sum",
       {{"axes", std::vector<int64_t>{1}}, {"keep", int64_t{0}}},
       {{2, 3}},
       {{1, 2, 3, 4, 5, 6}},
       {6, 15}},
      {"transpose",
       {{"permutation", std::vector<int64_t>{1, 0}}},
       {{2, 3}},
       {{1, 2, 3, 4, 5, 6}},
       {1, 4, 2, 5, 3, 6}},
      {"matmul",
       {{"transpose_a", int64_t{0}}, {"transpose_b", int64_t{0}}},
       {{2, 2}, {2, 2}},
       {{1, 2, 3, 4}, {5, 6, 7, 8}},
       {19, 22, 43, 50}},
      {"linear", {}, {{1, 2}, {3, 2}}, {{1, 2}, {1, 0, 0, 1, 1, 1}}, {1, 2, 3}},
  };
}

// A graph of one node, and its outputs on a device.
class OneNode {
 public:
  explicit OneNode(const Example& example) {
    graph::Builder builder(graph_);
    std::vector<graph::ValueId> inputs;
    for (const auto& shape : example.shapes)
      inputs.push_back(builder.input("input" + std::to_string(inputs.size()), {LMOS_F32, shape}));
    builder.node(example.op, inputs, example.attributes);
  }
  const graph::Node& node() const { return graph_.nodes[0]; }
  const graph::Graph& graph() const { return graph_; }

  std::vector<float> run(Device& device, const lmos_node& view, const Example& example) {
    Stream stream(device);
    const lmos_backend_interface& table = device.table();
    std::vector<runtime::Buffer> buffers;
    std::vector<lmos_operand> operands;
    const auto place = [&](graph::ValueId value) {
      buffers.push_back(device.allocate(graph_.type(value).bytes()));
      operands.push_back(buffers.back().operand());
    };
    for (size_t i = 0; i < node().inputs.size(); ++i) {
      if (node().inputs[i] == graph::kNoValue) {
        operands.push_back({});  // an optional operand
        continue;
      }
      place(node().inputs[i]);
      runtime::upload_now<const float>(stream, operands.back(), example.inputs[i]);
    }
    for (graph::ValueId output : node().outputs) place(output);
    lmos_kernel* kernel = nullptr;
    uint64_t scratch_bytes = 0;
    device.check(table.kernel_prepare(device.get(), &view, &kernel, &scratch_bytes), "prepare");
    const runtime::Buffer scratch = device.allocate(std::max<uint64_t>(scratch_bytes, 64));
    device.check(
        table.kernel_run(kernel, stream.get(), operands.data(), operands.size(), scratch.operand()),
        "run");
    std::vector<float> result(example.expected.size());
    runtime::download_now<float>(stream, result, operands[node().inputs.size()]);
    table.kernel_release(kernel);
    return result;
  }

 private:
  graph::Graph graph_;
};

void operations_compute(PluginUnderCheck& plugin) {
  Opened opened(plugin);
  size_t supported = 0;
  for (const Example& example : examples()) {
    OneNode one(example);
    const runtime::NodeView view(one.graph(), one.node());
    if (!opened.device().supports(view.get())) continue;
    ++supported;
    const std::vector<float> result = one.run(opened.device(), view.get(), example);
    for (size_t i = 0; i < result.size(); ++i)
      expect(std::abs(result[i] - example.expected[i]) <= 1e-5f * std::abs(example.expected[i]),
             std::string(example.op) + ": element " + std::to_string(i) + " is " +
                 std::to_string(result[i]) + ", not " + std::to_string(example.expected[i]));
  }
  if (supported == 0) throw Skipped("it supports none of the operations that are tried");
}

void unknown_operations_are_refused(PluginUnderCheck& plugin) {
  Opened opened(plugin);
  lmos_node node = {};
  node.struct_size = sizeof(lmos_node);
  const std::string_view op = "no_such_operation";
  node.op = {op.data(), op.size()};
  expect(!opened.device().supports(node), "it claims to support an operation that does not exist");
  lmos_kernel* kernel = nullptr;
  uint64_t scratch_bytes = 0;
  const lmos_status status =
      opened.device().table().kernel_prepare(opened.device().get(), &node, &kernel, &scratch_bytes);
  expect(status != LMOS_OK, "kernel_prepare accepts an operation that does not exist");
  expect(!runtime::take_plugin_error().empty(), "kernel_prepare refuses without a message");
}

constexpr Check kChecks[] = {
    {"opens a device that has a name", device_has_a_name},
    {"keeps what is uploaded", memory_keeps_its_contents},
    {"computes the operations that it supports", operations_compute},
    {"refuses unknown operations", unknown_operations_are_refused},
};

}  // namespace

std::span<const Check> backend_checks() { return kChecks; }

}  // namespace lmos::check
