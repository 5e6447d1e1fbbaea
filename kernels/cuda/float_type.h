// The element types that kernels compute on. Sums are f32 whatever the storage.
#pragma once

#include <cstdint>

namespace lmos::cuda {

enum class Float : int32_t { f32, bf16, f16 };

inline constexpr int64_t bytes_of(Float type) { return type == Float::f32 ? 4 : 2; }

}  // namespace lmos::cuda
