// Whatever the bytes, parse_safetensors throws an Error or returns views that fill the data
// exactly.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "errors/error.h"
#include "formats/little_endian.h"
#include "formats/safetensors.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::span<const std::byte> file) {
  lmos::SafetensorsContents contents;
  try {
    contents = lmos::parse_safetensors(file, "input");
  } catch (const lmos::Error& error) {
    require(error.kind() == lmos::ErrorKind::kInput);
    return;
  }
  size_t data_bytes = 0;
  for (const auto& [name, tensor] : contents.tensors) {
    require(tensor.data.data() >= file.data());
    require(tensor.data.data() + tensor.data.size() <= file.data() + file.size());
    require(lmos::tensor_bytes(tensor.dtype, tensor.shape) == tensor.data.size());
    data_bytes += tensor.data.size();
  }
  require(8 + lmos::read_little_endian<uint64_t>(file) + data_bytes == file.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::span<const std::byte> input(reinterpret_cast<const std::byte*>(data), size);
  check(input);

  // Mutations rarely keep the header's length right; so the input is also taken as a header in
  // front of some data.
  constexpr size_t kDataBytes = 16;
  std::string file;
  lmos::append_little_endian(uint64_t{size}, file);
  file.append(reinterpret_cast<const char*>(data), size);
  file.append(kDataBytes, '\0');
  check(std::as_bytes(std::span(file)));
  return 0;
}
