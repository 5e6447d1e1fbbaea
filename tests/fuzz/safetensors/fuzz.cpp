// Whatever the bytes, parse_safetensors throws an Error or returns views that fill the data
// exactly.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "errors/error.h"
#include "formats/safetensors.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
  lmos::SafetensorsContents contents;
  try {
    contents = lmos::parse_safetensors(file, "input");
  } catch (const lmos::Error& error) {
    require(error.kind() == lmos::ErrorKind::kInput);
    return 0;
  }
  size_t tensor_bytes = 0;
  for (const auto& [name, tensor] : contents.tensors) {
    require(tensor.data.data() >= file.data());
    require(tensor.data.data() + tensor.data.size() <= file.data() + file.size());
    require(lmos::tensor_bytes(tensor.dtype, tensor.shape) == tensor.data.size());
    tensor_bytes += tensor.data.size();
  }
  uint64_t header_bytes = 0;
  for (int byte = 7; byte >= 0; --byte) header_bytes = header_bytes << 8 | data[byte];
  require(8 + header_bytes + tensor_bytes == size);
  return 0;
}
