// Reading one safetensors file.
//
// Layout: 8 bytes little-endian header length N; N bytes of JSON, NAME -> {dtype, shape,
// data_offsets}; then the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "formats/mapped_file.h"
#include "formats/tensor_view.h"

namespace lmos {

inline constexpr uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;
// The header member that holds text instead of a tensor.
inline constexpr std::string_view kSafetensorsMetadataKey = "__metadata__";

struct SafetensorsContents {
  TensorMap tensors;  // views into the parsed bytes
  std::map<std::string, std::string> metadata;
};

// Checks the whole header before it returns: lengths against the file, known dtypes, shapes, byte
// sizes, unique names, and that the tensors fill the data without holes or overlaps. Error(kInput)
// beginning with `where`, naming the tensor. Allocates in proportion to the header only.
SafetensorsContents parse_safetensors(std::span<const std::byte> file, const std::string& where);

// A mapped file and its tensors, without a copy. Any thread may read; views live as long as the
// object, also across a move.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const TensorMap& tensors() const { return contents_.tensors; }
  const std::map<std::string, std::string>& metadata() const { return contents_.metadata; }

 private:
  MappedFile file_;
  SafetensorsContents contents_;
};

}  // namespace lmos
