// Writing one safetensors file, tensor by tensor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/append_order.h"
#include "formats/atomic_file.h"
#include "formats/tensor_view.h"

namespace lmos {

// The order in which a file holds `tensors`: wide element types first, then by name.
std::vector<TensorSpec> safetensors_order(std::vector<TensorSpec> tensors);

// Error(kInternal) when two tensors have the same name or one has the name of the metadata.
void check_tensor_names(std::span<const TensorSpec> tensors);

// That in which the data of these tensors are due.
AppendOrder append_order(std::span<const TensorSpec> tensors);

// All tensors are declared first; then their data is appended in the order of tensors(), each in
// one or more pieces, so that no more than a piece is in memory. The file appears with commit().
// The bytes depend on the declarations and the data only, and equal those of the reference
// implementation. One thread at a time. Errors: kResource for a disk that fails; kInternal for
// wrong use (order, sizes, duplicate names).
class SafetensorsWriter {
 public:
  SafetensorsWriter(const std::filesystem::path& path, std::vector<TensorSpec> tensors,
                    const std::map<std::string, std::string>& metadata);

  // In safetensors_order.
  const std::vector<TensorSpec>& tensors() const { return tensors_; }
  // The next bytes of tensor `name`. Tensors of no bytes may be left out.
  void append(std::string_view name, std::span<const std::byte> data);
  // True when the data of every tensor has arrived.
  bool complete() const { return order_.complete(); }
  void commit();

 private:
  std::vector<TensorSpec> tensors_;
  AppendOrder order_;
  AtomicFile file_;
};

}  // namespace lmos
