#include "components/matrix_rows.h"

namespace lmos::components {

StoredTensor exchanged(const StoredTensor& tensor, lmos_dtype dtype, const std::string& name,
                       std::vector<std::byte>& plain) {
  StoredTensor matrix = tensor;
  if (!tensor.walk.empty()) {
    const TensorEncoding encoding{dtype, nullptr};
    read_tensor(tensor, encoding, name, [&](std::span<const std::byte> piece) {
      plain.insert(plain.end(), piece.begin(), piece.end());
    });
    matrix = {encoding, tensor.shape, plain};
  }
  const std::vector<int64_t> axes = matrix.shape;
  const size_t order[] = {1, 0};
  return permuted(std::move(matrix), axes, order, {axes[1], axes[0]});
}

}  // namespace lmos::components
