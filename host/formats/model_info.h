// What a model file or folder holds, at a glance.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "formats/json.h"

namespace lmos {

struct TensorFacts {
  std::string name;
  std::string encoding;  // "F32", …, "Q4_K"
  std::vector<int64_t> shape;
  uint64_t bytes = 0;
};

// Sizes are absent where the files do not say them.
struct ModelInfo {
  std::string path;
  std::string format;  // "Hugging Face folder (safetensors)", "GGUF version 3", …
  std::optional<std::string> architecture;
  std::optional<int64_t> layers, embed, heads, kv_heads, mlp, context, vocabulary;
  std::optional<std::string> tokenizer;  // kind: "BPE", …
  int64_t parameters = 0;
  uint64_t bytes = 0;  // of tensors
  std::map<std::string, int64_t> parameters_by_encoding;
  std::vector<TensorFacts> tensors;  // in the order of their names
};

// Opens headers only: the data of tensors are not read. Error(kInput) for what is no model, or
// damaged.
ModelInfo model_info(const std::filesystem::path& path);

// All of it; the tensors only on demand.
Json as_json(const ModelInfo& info, bool with_tensors);

}  // namespace lmos
