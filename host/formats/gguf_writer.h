// Writing a GGUF file, version 3, tensor by tensor.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/append_order.h"
#include "formats/atomic_file.h"
#include "formats/gguf_metadata.h"
#include "formats/tensor_encoding.h"

namespace lmos {

struct EncodedTensorSpec {
  std::string name;
  TensorEncoding encoding;
  std::vector<int64_t> shape;  // row-major; at most four dimensions, each >= 0
};

// Declared first, appended in the same order, each in one or more pieces, so that no more than a
// piece is in memory. The file appears with commit(). One thread at a time. Errors: kInput for a
// tensor that GGUF cannot hold (rank, element type, rows that are no whole blocks), naming it;
// kResource for a disk that fails; kInternal for wrong use.
class GgufWriter {
 public:
  GgufWriter(const std::filesystem::path& path, const GgufMetadataBuilder& metadata,
             std::vector<EncodedTensorSpec> tensors);

  const std::vector<EncodedTensorSpec>& tensors() const { return tensors_; }
  void append(std::string_view name, std::span<const std::byte> data);
  void commit();

 private:
  std::vector<EncodedTensorSpec> tensors_;
  AppendOrder order_;
  AtomicFile file_;
  uint64_t written_ = 0;  // bytes of data
};

}  // namespace lmos
