// A model's weights, whatever files hold them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "formats/stored_tensor.h"

namespace lmos {

// Views into mapped files. They live as long as any copy of the object; any thread may read.
class Weights {
 public:
  // `owner` keeps what the tensors are views into. `format`: "safetensors", "GGUF", "PyTorch".
  Weights(StoredTensors tensors, std::shared_ptr<const void> owner, std::string_view format)
      : tensors_(std::move(tensors)), owner_(std::move(owner)), format_(format) {}

  const StoredTensors& tensors() const { return tensors_; }
  std::string_view format() const { return format_; }

 private:
  StoredTensors tensors_;
  std::shared_ptr<const void> owner_;
  std::string_view format_;
};

// What a file holds, by its first bytes.
enum class FileKind { kSafetensors, kGguf, kPytorch, kUnknown };
// Error(kInput) when it cannot be read. A pickle outside of a zip archive is kPytorch too.
FileKind file_kind(const std::filesystem::path& path);

// One file with weights, its tensors under their names in the file. Error(kInput) for a file of no
// known kind, or damaged.
Weights open_weights_file(const std::filesystem::path& path);

// The weights of a model folder: model.safetensors, pytorch_model.bin, or shards with an index of
// either kind; safetensors first.
bool has_weights(const std::filesystem::path& folder);
Weights open_weights_folder(const std::filesystem::path& folder);

}  // namespace lmos
