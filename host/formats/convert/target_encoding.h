// In which encoding a conversion writes each tensor.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "formats/tensor_encoding.h"

namespace lmos {

// Only floating-point tensors change; blocks become float32 where nothing else is wanted, which
// loses nothing.
TensorEncoding dense_target(const TensorEncoding& stored,
                            const std::optional<TensorEncoding>& wanted);

// For GGUF, under GGUF's names. Vectors, positions and token types are float32, as llama.cpp needs
// them; rows that are no whole blocks become float16; 8-bit floating-point becomes float16 and
// float64 float32, because ggml has no operations on them.
TensorEncoding gguf_target(const TensorEncoding& stored,
                           const std::optional<TensorEncoding>& wanted, std::string_view name,
                           std::span<const int64_t> shape);

}  // namespace lmos
