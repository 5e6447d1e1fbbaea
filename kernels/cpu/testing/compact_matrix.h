// A matrix in bf16 as compact weights, for tests and benches.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/testing/values.h"

namespace lmos::cpu::testing {

// Of w [outputs, inputs]; inputs is a multiple of kCompactBlock.
struct CompactMatrix {
  CompactMatrix(const Values& w, int64_t outputs, int64_t inputs);

  std::vector<uint8_t> blocks, bases;
  std::vector<bf16> raw;
};

}  // namespace lmos::cpu::testing
