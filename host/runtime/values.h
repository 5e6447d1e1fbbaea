// Elements of host memory as numbers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "llmasos/types.h"

namespace lmos::runtime {

// The elements of `bytes`, of f64, f32, bf16, f16, i64 or i32. Throws kInternal for another dtype.
std::vector<double> to_doubles(lmos_dtype dtype, std::span<const std::byte> bytes);

}  // namespace lmos::runtime
