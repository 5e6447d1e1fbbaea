#include "errors/error.h"
#include "graph/graph.h"

namespace lmos::graph {

int64_t TensorType::elements() const {
  int64_t product = 1;
  for (int64_t dim : dims) {
    if (LMOS_IS_SYMBOL(dim)) {
      throw Error(ErrorKind::kInternal,
                  "the size of " + to_string(*this) + " is not known before its symbols are bound");
    }
    if (dim < 0 || __builtin_mul_overflow(product, dim, &product)) {
      throw Error(ErrorKind::kInternal, "the size of " + to_string(*this) + " is out of range");
    }
  }
  return product;
}

uint64_t TensorType::bytes() const {
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(elements()), dtype_bytes(dtype), &bytes)) {
    throw Error(ErrorKind::kInternal, "the size of " + to_string(*this) + " is out of range");
  }
  return bytes;
}

std::string dimension_name(int64_t dimension, const Graph* symbols) {
  if (!LMOS_IS_SYMBOL(dimension)) return std::to_string(dimension);
  const auto id = static_cast<size_t>(dimension - INT64_MIN);
  if (symbols && id < symbols->symbols.size()) return symbols->symbols[id];
  return "$" + std::to_string(id);
}

std::string to_string(const TensorType& type, const Graph* symbols) {
  std::string text(dtype_name(type.dtype));
  text += '[';
  for (size_t i = 0; i < type.dims.size(); ++i) {
    if (i > 0) text += ',';
    text += dimension_name(type.dims[i], symbols);
  }
  return text + ']';
}

}  // namespace lmos::graph
