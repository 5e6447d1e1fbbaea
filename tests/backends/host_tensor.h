// Tensors in host memory, and their values as doubles.
#pragma once

#include <cstddef>
#include <vector>

#include "graph/graph.h"

namespace lmos::test {

struct HostTensor {
  graph::TensorType type;
  std::vector<std::byte> bytes;
};

// Values rounded to the type's dtype (to nearest even). As many as the type has elements.
HostTensor make_tensor(graph::TensorType type, const std::vector<double>& values);
std::vector<double> values_of(const HostTensor& tensor);

}  // namespace lmos::test
