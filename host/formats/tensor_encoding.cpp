#include "formats/tensor_encoding.h"

#include "formats/safetensors_dtype.h"

namespace lmos {

std::string encoding_name(const TensorEncoding& encoding) {
  return std::string(encoding.blocks ? encoding.blocks->name : safetensors_name(encoding.dtype));
}

std::optional<int64_t> element_count(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (int64_t dimension : shape) {
    if (dimension < 0 || __builtin_mul_overflow(count, dimension, &count)) return std::nullopt;
  }
  return count;
}

std::optional<uint64_t> encoded_bytes(const TensorEncoding& encoding,
                                      std::span<const int64_t> shape) {
  const std::optional<int64_t> count = element_count(shape);
  if (!count) return std::nullopt;
  uint64_t units = static_cast<uint64_t>(*count);
  uint64_t unit_bytes = 0;
  if (encoding.blocks) {
    const int64_t row = shape.empty() ? 1 : shape.back();
    if (row % encoding.blocks->elements != 0) return std::nullopt;
    units /= encoding.blocks->elements;
    unit_bytes = encoding.blocks->bytes;
  } else {
    unit_bytes = dtype_bytes(encoding.dtype);
  }
  int64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<int64_t>(units), static_cast<int64_t>(unit_bytes), &bytes))
    return std::nullopt;
  return static_cast<uint64_t>(bytes);
}

bool is_floating(const TensorEncoding& encoding) {
  if (encoding.blocks) return true;
  switch (encoding.dtype) {
    case LMOS_F64:
    case LMOS_F32:
    case LMOS_BF16:
    case LMOS_F16:
    case LMOS_F8_E4M3:
    case LMOS_F8_E5M2:
      return true;
    default:
      return false;
  }
}

}  // namespace lmos
