#include "components/quantize.h"

#include <algorithm>
#include <cmath>

#include "components/matrix_rows.h"
#include "errors/error.h"
#include "formats/float8.h"

namespace lmos::components {
namespace {

constexpr float kLargestInt8 = 127;

// To the nearest integer, even where two are as near, for sizes below 2²²: the sum has no room for
// a fraction. Unlike std::nearbyint, loops over it become vector code everywhere.
float nearest(float x) {
  constexpr float kNoFraction = 0x1.8p23f;
  return (x + kNoFraction) - kNoFraction;
}

}  // namespace

float quantize_row(std::span<const float> row, lmos_dtype format, std::span<std::byte> q) {
  float largest = 0;
  bool finite = true;
  for (const float w : row) {
    finite &= std::isfinite(w);
    largest = std::max(largest, std::abs(w));
  }
  if (!finite) return HUGE_VALF;
  const float scale = largest / (format == LMOS_I8 ? kLargestInt8 : kLargestE4m3);
  if (scale == 0) {
    std::ranges::fill(q, std::byte{0});
  } else if (format == LMOS_I8) {
    auto* to = reinterpret_cast<int8_t*>(q.data());
    for (size_t i = 0; i < row.size(); ++i) {
      // Of a scale that is denormal, the quotient may be larger.
      const float value = std::clamp(row[i] / scale, -kLargestInt8, kLargestInt8);
      to[i] = static_cast<int8_t>(nearest(value));
    }
  } else {
    for (size_t i = 0; i < row.size(); ++i) q[i] = std::byte{f8_e4m3_from_f32(row[i] / scale)};
  }
  return scale;
}

QuantizedTensor quantize(const StoredTensor& tensor, const std::string& name, lmos_dtype format,
                         bool transposed) {
  QuantizedTensor result;
  result.values.resize(static_cast<size_t>(tensor.elements()));
  const auto quantize_one = [&](std::span<const float> row) {
    const size_t done = result.scales.size();
    const float scale =
        quantize_row(row, format, std::span(result.values).subspan(done * row.size(), row.size()));
    if (!std::isfinite(scale))
      throw Error(ErrorKind::kInput, "tensor `" + name +
                                         "` holds a number that is not finite in row " +
                                         std::to_string(done) + "; it cannot be quantised");
    result.scales.push_back(scale);
  };
  for_each_row<float>(tensor, LMOS_F32, name, transposed, quantize_one);
  return result;
}

}  // namespace lmos::components
