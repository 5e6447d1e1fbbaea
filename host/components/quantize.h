// Weights as they are stored in one byte (passes/quantize_weights.h), made when they are loaded.
//
// Symmetric, one scale an output row (Wu et al. 2020, "Integer quantization for deep learning
// inference", section 3): with m = max |w| of the row,
//   int8:         scale = m / 127, q = round(w / scale), to nearest even, in [-127, 127];
//   float8_e4m3:  scale = m / 448, q = e4m3(w / scale), to nearest even (Micikevicius et al. 2022).
// A row of zeros has scale 0.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "formats/stored_tensor.h"
#include "llmasos/types.h"

namespace lmos::components {

struct QuantizedTensor {
  std::vector<std::byte> values;  // [outputs, inputs]
  std::vector<float> scales;      // [outputs]
};

// `format`: LMOS_I8 or LMOS_F8_E4M3. Fills `q`, as long as `row`; returns the scale, which is not
// finite where the row is not.
float quantize_row(std::span<const float> row, lmos_dtype format, std::span<std::byte> q);

// The tensor is [outputs, inputs], or [inputs, outputs] if `transposed`. Reads it row by row: needs
// the memory of the result, and where a transposed tensor is not stored plainly, of its floats.
// Error(kInput) naming the tensor if a value is not finite.
QuantizedTensor quantize(const StoredTensor& tensor, const std::string& name, lmos_dtype format,
                         bool transposed);

}  // namespace lmos::components
