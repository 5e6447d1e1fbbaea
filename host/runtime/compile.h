// From a graph with symbols to an executable: the passes that depend on the device and on the
// sizes.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/executable.h"

namespace lmos::runtime {

// Binds the symbols, fuses what the device supports, drops what nothing needs, and prepares the
// rest. Allocates no device memory for values.
std::unique_ptr<Executable> compile(Device& device, const graph::Graph& graph,
                                    const std::map<std::string, int64_t, std::less<>>& symbols);

}  // namespace lmos::runtime
