// From any model file or folder to any other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/hugging_face_writer.h"
#include "formats/tensor_encoding.h"

namespace lmos {

struct ConversionOptions {
  std::filesystem::path in;
  // The kind follows from the extension: .gguf; .safetensors; .pt, .pth or .bin; none: a Hugging
  // Face folder.
  std::filesystem::path out;
  // Of floating-point tensors; none: as they are stored, where `out` can hold that.
  std::optional<TensorEncoding> encoding = {};
  uint64_t max_shard_bytes = kDefaultMaxShardBytes;  // of a folder's safetensors files
  bool overwrite = false;                            // replace what is at `out`
};

struct ConversionEvents {
  // Bytes of tensors written so far, and in all.
  std::function<void(uint64_t done, uint64_t total)> on_progress;
  // What the user should know: a tensor that was left out, a tokenizer that is missing.
  std::function<void(const std::string& line)> on_note;
  // Asked about every megabyte; true ends the conversion.
  std::function<bool()> cancelled;
};

struct ConversionResult {
  uint64_t tensors = 0;
  uint64_t bytes = 0;  // of their data, as written
};

// Streams tensor by tensor: memory does not grow with the model. `out` appears complete or not at
// all. Error(kUsage): `in` and `out` are the same, `out` exists, or its kind is unknown or cannot
// hold the encoding; Error(kInput): `in` is damaged, or `out` needs what `in` does not say;
// Error(kInterrupted): cancelled; kResource: a disk that fails.
ConversionResult convert_model(const ConversionOptions& options, const ConversionEvents& events);

// "f32", "f16", "bf16", "q8_0"; nothing for another name.
std::optional<TensorEncoding> encoding_of_option(std::string_view name);

}  // namespace lmos
