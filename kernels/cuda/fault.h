// What kernels report instead of reading or writing outside their operands.
#pragma once

#include <cstdint>

namespace lmos::cuda {

enum class FaultKind : int32_t { none, row, label, sequence, position, page };

// The first bad operand value since it was cleared: `value` had to be in [0, limit). In memory that
// both host and device see.
struct Fault {
  FaultKind kind;
  int32_t value;
  int64_t limit;
};

}  // namespace lmos::cuda
