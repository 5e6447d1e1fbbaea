// Reading a file of torch.save: a zip archive of one pickle and the data of its tensors.
//
// ARCHIVE/data.pkl holds the objects, ARCHIVE/data/KEY the elements of a storage, ARCHIVE/byteorder
// "little". Tensors are views of storages, by offset and strides, and may share them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "formats/mapped_file.h"
#include "formats/stored_tensor.h"

namespace lmos {

struct PytorchContents {
  // Views into the parsed bytes. Tensors in nested dictionaries and lists get their path as name:
  // "model.layers.0.weight".
  StoredTensors tensors;
  uint64_t other_values = 0;  // numbers, texts and the like, which are left out
};

// Checks everything before it returns: the archive, the pickle, that every tensor lies within its
// storage and is no larger than the file, and unique names. Error(kInput) beginning with `where`. A
// file from before PyTorch 1.6, or one that holds more than tensors and plain containers, is
// refused with what to do.
PytorchContents parse_pytorch(std::span<const std::byte> file, const std::string& where);

// True for the first bytes of a file of torch.save, of any version.
bool looks_like_pytorch(std::span<const std::byte> file);

// A mapped file and its tensors, without a copy. Any thread may read; views live as long as the
// object, also across a move.
class PytorchFile {
 public:
  explicit PytorchFile(const std::filesystem::path& path);

  const StoredTensors& tensors() const { return contents_.tensors; }
  uint64_t other_values() const { return contents_.other_values; }

 private:
  MappedFile file_;
  PytorchContents contents_;
};

}  // namespace lmos
