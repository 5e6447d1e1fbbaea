// What a device has kernels for, in the form that the passes ask.
#pragma once

#include "passes/supports.h"
#include "runtime/device.h"

namespace lmos::runtime {

// The device outlives the function.
passes::Supports supports_of(const Device& device);

}  // namespace lmos::runtime
