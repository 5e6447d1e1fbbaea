// Runs a graph of one node on a device, with traps for what a kernel must not do.
#pragma once

#include <vector>

#include "backends/op_case.h"
#include "runtime/device.h"

namespace lmos::test {

// Whether the device has a kernel for the case's node.
bool supports(const runtime::Device& device, const ConcreteCase& concrete);

// The node's outputs, then its states after the run. Outputs and scratch hold NaN patterns before
// it. Throws std::logic_error if the kernel writes outside its operands or changes an operand that
// is no state.
std::vector<HostTensor> run_node(runtime::Device& device, const ConcreteCase& concrete);

}  // namespace lmos::test
