#include "backends/run_node.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "graph/op.h"
#include "runtime/node_view.h"

namespace lmos::test {
namespace {

constexpr std::byte kTrap{0xFF};  // NaN in every float dtype
constexpr uint64_t kGuard = 192;  // bytes of trap after each operand, at least
constexpr uint64_t kAlignment = 64;

// Where each operand lies in one buffer, with guards between.
struct Placement {
  std::vector<uint64_t> offsets, bytes;
  uint64_t total = kGuard;

  void add(uint64_t size) {
    offsets.push_back((total + kAlignment - 1) / kAlignment * kAlignment);
    bytes.push_back(size);
    total = offsets.back() + size + kGuard;
  }
};

void check_outside(const Placement& placement, const std::vector<std::byte>& memory) {
  uint64_t position = 0;
  auto check_until = [&](uint64_t end) {
    for (; position < end; ++position) {
      if (memory[position] != kTrap) {
        throw std::logic_error("the kernel wrote outside its operands, at byte " +
                               std::to_string(position));
      }
    }
  };
  for (size_t i = 0; i < placement.offsets.size(); ++i) {
    check_until(placement.offsets[i]);
    position = placement.offsets[i] + placement.bytes[i];
  }
  check_until(memory.size());
}

struct KernelRelease {
  const lmos_backend_interface* table;
  void operator()(lmos_kernel* kernel) const { table->kernel_release(kernel); }
};

}  // namespace

bool supports(const runtime::Device& device, const ConcreteCase& concrete) {
  runtime::NodeView view(concrete.graph, concrete.graph.nodes[0]);
  return device.supports(view.get());
}

std::vector<HostTensor> run_node(runtime::Device& device, const ConcreteCase& concrete) {
  const graph::Node& node = concrete.graph.nodes[0];
  runtime::NodeView view(concrete.graph, node);
  lmos_kernel* raw = nullptr;
  uint64_t scratch_bytes = 0;
  device.check(device.table().kernel_prepare(device.get(), &view.get(), &raw, &scratch_bytes),
               "prepare");
  std::unique_ptr<lmos_kernel, KernelRelease> kernel(raw, {&device.table()});

  Placement placement;
  for (const HostTensor& operand : concrete.operands) placement.add(operand.bytes.size());
  for (graph::ValueId id : node.outputs) placement.add(concrete.graph.type(id).bytes());
  placement.add(scratch_bytes);
  std::vector<std::byte> memory(placement.total, kTrap);
  for (size_t i = 0; i < concrete.operands.size(); ++i) {
    std::ranges::copy(concrete.operands[i].bytes,
                      memory.begin() + static_cast<long>(placement.offsets[i]));
  }

  runtime::Buffer buffer = device.allocate(memory.size());
  runtime::Stream stream(device);
  runtime::upload_now<std::byte>(stream, buffer.operand(), memory);
  std::vector<lmos_operand> operands;
  for (size_t i = 0; i + 1 < placement.offsets.size(); ++i) {
    bool absent = i < node.inputs.size() && node.inputs[i] == graph::kNoValue;
    operands.push_back(absent ? lmos_operand{} : buffer.operand(placement.offsets[i]));
  }
  device.check(device.table().kernel_run(kernel.get(), stream.get(), operands.data(),
                                         operands.size(), buffer.operand(placement.offsets.back())),
               "run");
  stream.synchronize();
  runtime::download_now<std::byte>(stream, memory, buffer.operand());
  check_outside(placement, memory);

  std::vector<HostTensor> results;
  auto take = [&](size_t i, const graph::TensorType& type) {
    auto begin = memory.begin() + static_cast<long>(placement.offsets[i]);
    return HostTensor{type, {begin, begin + static_cast<long>(placement.bytes[i])}};
  };
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    results.push_back(take(node.inputs.size() + i, concrete.graph.type(node.outputs[i])));
  }
  for (size_t i = 0; i < concrete.operands.size(); ++i) {
    HostTensor after = take(i, concrete.operands[i].type);
    if (std::ranges::count(node.op->states, static_cast<uint32_t>(i)) > 0) {
      results.push_back(std::move(after));
    } else if (after.bytes != concrete.operands[i].bytes) {
      throw std::logic_error("the kernel changed operand " + std::to_string(i) +
                             ", which is no state");
    }
  }
  return results;
}

}  // namespace lmos::test
