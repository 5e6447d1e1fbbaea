// Whatever the bytes, parse_gguf throws an Error or returns views within the file, and what reads
// them further throws an Error at worst.
#include "formats/gguf.h"

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "errors/error.h"
#include "formats/gguf_config.h"
#include "formats/gguf_names.h"
#include "formats/gguf_tokenizer.h"
#include "formats/json_text.h"
#include "formats/stored_tensor.h"

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

void read_all(const lmos::StoredTensors& tensors) {
  for (const auto& entry : tensors) {
    const lmos::StoredTensor& tensor = entry.second;
    expect_input_errors([&] {
      uint64_t bytes = 0;
      lmos::read_tensor(tensor, {LMOS_F32, nullptr}, entry.first,
                        [&](std::span<const std::byte> piece) { bytes += piece.size(); });
      require(bytes == static_cast<uint64_t>(tensor.elements()) * sizeof(float));
    });
  }
}

void check(std::span<const std::byte> file, const lmos::GgufContents& contents) {
  lmos::StoredTensors tensors;
  for (const auto& [name, tensor] : contents.tensors) {
    require(tensor.data.data() >= file.data());
    require(tensor.data.data() + tensor.data.size() <= file.data() + file.size());
    require(lmos::encoded_bytes(tensor.encoding, tensor.shape) == tensor.data.size());
    tensors.emplace(name, lmos::StoredTensor{tensor.encoding, tensor.shape, tensor.data});
  }
  for (const auto& entry : contents.metadata.entries())
    lmos::compact_json(entry.value.as_json(100));
  read_all(tensors);
  expect_input_errors([&] {
    const lmos::Json config = lmos::config_from_gguf(contents, "input");
    lmos::compact_json(config);
    read_all(lmos::hugging_face_names(tensors, config, "input").tensors);
  });
  expect_input_errors([&] { lmos::tokenizer_json_from_gguf(contents.metadata, "input"); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
  expect_input_errors([&] { check(file, lmos::parse_gguf(file, "input")); });
  return 0;
}
