#include "kernel.h"

#include "check.h"
#include "llmasos/error.hpp"
#include "stream.h"

namespace lmos::backend_cuda {
namespace {

constexpr uint64_t kOperandAlignment = 16;   // what the kernels read at once
constexpr uint64_t kScratchAlignment = 256;  // what libraries ask for

uintptr_t number(const void* address) { return reinterpret_cast<uintptr_t>(address); }

}  // namespace

Kernel::Kernel(const Device& device, const Node& node)
    : op_(node.op()), prepared_(prepare_operation(node, device)) {
  for (size_t i = 0; i < node.inputs(); ++i) {
    const Tensor tensor = node.input(i);
    operands_.push_back({static_cast<uint64_t>(tensor.bytes()), tensor.dtype == 0});
  }
  for (size_t i = 0; i < node.outputs(); ++i)
    operands_.push_back({static_cast<uint64_t>(node.output(i).bytes()), false});
  addresses_.resize(operands_.size());
  // The host's scratch is aligned to less.
  if (prepared_.scratch_bytes > 0)
    scratch_bytes_ = static_cast<uint64_t>(prepared_.scratch_bytes) + kScratchAlignment;
}

void* Kernel::address_of(size_t i, const lmos_operand& operand) const {
  if (operands_[i].absent) return nullptr;
  const char* why = nullptr;
  if (operand.buffer == nullptr) {
    why = " has no buffer";
  } else if (!sdk::object<Buffer>(operand.buffer).holds(operand.offset, operands_[i].bytes)) {
    why = " ends past its buffer";
  } else if (operand.offset % kOperandAlignment != 0) {
    why = " is not aligned to 16 bytes";
  }
  if (why != nullptr) throw sdk::invalid(op_ + ": operand " + std::to_string(i) + why);
  return sdk::object<Buffer>(operand.buffer).memory() + operand.offset;
}

void Kernel::run(Stream& stream, std::span<const lmos_operand> operands, lmos_operand scratch) {
  if (operands.size() != operands_.size()) {
    throw sdk::invalid(op_ + ": run with " + std::to_string(operands.size()) +
                       " operands, prepared for " + std::to_string(operands_.size()));
  }
  stream.device().activate();
  for (size_t i = 0; i < operands.size(); ++i) addresses_[i] = address_of(i, operands[i]);
  std::byte* memory = nullptr;
  if (scratch_bytes_ > 0) {
    if (scratch.buffer == nullptr ||
        !sdk::object<Buffer>(scratch.buffer).holds(scratch.offset, scratch_bytes_))
      throw sdk::invalid(op_ + ": scratch memory is missing or too small");
    memory = sdk::object<Buffer>(scratch.buffer).memory() + scratch.offset;
    memory += (kScratchAlignment - number(memory) % kScratchAlignment) % kScratchAlignment;
  }
  prepared_.run(Run(stream.get(), stream.device().fault(), addresses_.data(), operands, memory));
  check(cudaGetLastError(), "launching");
}

}  // namespace lmos::backend_cuda
