// Whatever the bytes, parse_pytorch throws an Error or returns tensors that lie within the file.
#include "formats/pytorch/pytorch_file.h"

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "errors/error.h"
#include "formats/pytorch/pickle.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <typename Action>
void expect_input_errors(Action action) {
  try {
    action();
  } catch (const lmos::Error& error) {
    require(error.kind() == lmos::ErrorKind::kInput);
  }
}

void check(std::span<const std::byte> file) {
  const lmos::PytorchContents contents = lmos::parse_pytorch(file, "input");
  for (const auto& [name, tensor] : contents.tensors) {
    uint64_t bytes = 0;
    lmos::read_tensor(tensor, tensor.encoding, name,
                      [&](std::span<const std::byte> piece) { bytes += piece.size(); });
    require(lmos::encoded_bytes(tensor.encoding, tensor.shape) == bytes);
    require(bytes <= file.size());
    if (bytes == 0) continue;
    require(tensor.data.data() >= file.data());
    require(tensor.data.data() + tensor.data.size() <= file.data() + file.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const std::byte> input(reinterpret_cast<const std::byte*>(data), size);
  expect_input_errors([&] { check(input); });
  // The checksum in an archive stops most mutations; so the input is also taken as a pickle alone.
  expect_input_errors([&] { lmos::parse_pickle(input, "input"); });
  return 0;
}
