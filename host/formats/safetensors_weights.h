// The weights of a model folder: one safetensors file, or shards listed by an index.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "formats/safetensors.h"

namespace lmos {

inline constexpr std::string_view kWeightsFile = "model.safetensors";
// {"metadata": {"total_size": BYTES}, "weight_map": {TENSOR: FILE}}
inline constexpr std::string_view kWeightsIndexFile = "model.safetensors.index.json";

// Views live as long as the object, also across a move. Any thread may read.
class SafetensorsWeights {
 public:
  // True when `folder` has one of the two files above.
  static bool present_in(const std::filesystem::path& folder);

  // Opens kWeightsFile, or where that is missing every shard of kWeightsIndexFile.
  // Error(kInput): neither exists, a damaged file, all missing shards at once, a shard outside of
  // the folder, or an index that disagrees with a shard about which tensors it holds.
  explicit SafetensorsWeights(const std::filesystem::path& folder);

  const TensorMap& tensors() const { return tensors_; }

 private:
  std::vector<SafetensorsFile> files_;
  TensorMap tensors_;
};

}  // namespace lmos
