#include "formats/tensor_view.h"

#include "errors/error.h"
#include "formats/quote.h"
#include "formats/safetensors_dtype.h"

namespace lmos {

bool TensorView::is_aligned() const {
  return reinterpret_cast<uintptr_t>(data.data()) % dtype_bytes(dtype) == 0;
}

std::optional<uint64_t> tensor_bytes(lmos_dtype dtype, std::span<const int64_t> shape) {
  int64_t bytes = static_cast<int64_t>(dtype_bytes(dtype));
  for (int64_t dimension : shape) {
    if (dimension < 0 || __builtin_mul_overflow(bytes, dimension, &bytes)) return std::nullopt;
  }
  return static_cast<uint64_t>(bytes);
}

uint64_t tensor_bytes(const TensorSpec& tensor) {
  std::optional<uint64_t> bytes = tensor_bytes(tensor.dtype, tensor.shape);
  if (bytes) return *bytes;
  throw Error(ErrorKind::kInternal, "tensor " + quote_text(tensor.name) + " of shape " +
                                        shape_text(tensor.shape) + " cannot be written");
}

std::string shape_text(std::span<const int64_t> shape) {
  std::string text = "[";
  for (int64_t dimension : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(dimension);
  }
  return text + "]";
}

}  // namespace lmos
