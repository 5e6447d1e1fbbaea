#include "components/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "errors/error.h"
#include "formats/float8.h"

namespace lmos::components {
namespace {

constexpr float kLargestInt8 = 127;
constexpr TensorEncoding kFloats{LMOS_F32, nullptr};

// To the nearest integer, even where two are as near, for sizes below 2²²: the sum has no room for
// a fraction. Unlike std::nearbyint, loops over it become vector code everywhere.
float nearest(float x) {
  constexpr float kNoFraction = 0x1.8p23f;
  return (x + kNoFraction) - kNoFraction;
}

StoredTensor exchanged(const StoredTensor& tensor, const std::string& name,
                       std::vector<float>& floats) {
  StoredTensor plain = tensor;
  if (!tensor.walk.empty()) {
    floats.resize(static_cast<size_t>(tensor.elements()));
    std::byte* to = std::as_writable_bytes(std::span(floats)).data();
    read_tensor(tensor, kFloats, name, [&](std::span<const std::byte> piece) {
      std::memcpy(to, piece.data(), piece.size());
      to += piece.size();
    });
    plain = {kFloats, tensor.shape, std::as_bytes(std::span(floats))};
  }
  const std::vector<int64_t> axes = plain.shape;
  const size_t order[] = {1, 0};
  return permuted(std::move(plain), axes, order, {axes[1], axes[0]});
}

}  // namespace

lmos_dtype quantized_dtype(WeightStorage weights) {
  switch (weights) {
    case WeightStorage::kInt8:
      return LMOS_I8;
    case WeightStorage::kFloat8:
      return LMOS_F8_E4M3;
    default:
      return 0;
  }
}

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
  std::vector<float> floats;
  const StoredTensor source = transposed ? exchanged(tensor, name, floats) : tensor;
  const auto outputs = static_cast<size_t>(source.shape[0]);
  const auto inputs = static_cast<size_t>(source.shape[1]);
  QuantizedTensor result;
  result.values.resize(outputs * inputs);
  result.scales.resize(outputs);
  std::vector<float> row(inputs);
  size_t filled = 0, done = 0;  // bytes of the row, rows
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(row));
  read_tensor(source, kFloats, name, [&](std::span<const std::byte> piece) {
    while (!piece.empty()) {
      const size_t count = std::min(piece.size(), bytes.size() - filled);
      std::memcpy(bytes.data() + filled, piece.data(), count);
      piece = piece.subspan(count);
      filled += count;
      if (filled < bytes.size()) continue;
      const float scale =
          quantize_row(row, format, std::span(result.values).subspan(done * inputs, inputs));
      if (!std::isfinite(scale))
        throw Error(ErrorKind::kInput, "tensor `" + name +
                                           "` holds a number that is not finite in row " +
                                           std::to_string(done) + "; it cannot be quantised");
      result.scales[done++] = scale;
      filled = 0;
    }
  });
  return result;
}

}  // namespace lmos::components
