// Writing a dictionary of tensors as torch.save does, tensor by tensor.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "formats/append_order.h"
#include "formats/atomic_file.h"
#include "formats/pytorch/zip_writer.h"
#include "formats/tensor_view.h"

namespace lmos {

// `torch.load(path, weights_only=True)` gives {name: tensor}. Declared first, appended in the same
// order, each in one or more pieces. The file appears with commit(). One thread at a time. Errors:
// kResource for a disk that fails; kInternal for wrong use (order, sizes, duplicate names).
class PytorchWriter {
 public:
  PytorchWriter(const std::filesystem::path& path, std::vector<TensorSpec> tensors);

  const std::vector<TensorSpec>& tensors() const { return tensors_; }
  void append(std::string_view name, std::span<const std::byte> data);
  void commit();

 private:
  // Begins the entries of the first `count` tensors that are not there yet; all but the last have
  // no bytes.
  void open_entries(size_t count);

  std::vector<TensorSpec> tensors_;
  AppendOrder order_;
  AtomicFile file_;
  ZipWriter archive_;
  size_t opened_ = 0;  // entries of tensors
};

}  // namespace lmos
