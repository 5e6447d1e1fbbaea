// What this machine can do at most, measured: the yardsticks of the benches.
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

// Bytes a second that all threads together read from memory, over an area of `bytes` (larger than
// the caches).
double read_bandwidth(const Parallel& parallel, int64_t bytes = int64_t{1} << 29);

// Floating-point operations a second of a large product by oneDNN with all threads. A multiply-add
// counts two.
double matmul_rate(const Parallel& parallel, Float type);

}  // namespace lmos::cpu
