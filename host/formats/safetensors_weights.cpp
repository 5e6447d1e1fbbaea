#include "formats/safetensors_weights.h"

#include "formats/path_exists.h"
#include "formats/sharded_files.h"

namespace lmos {

namespace fs = std::filesystem;

bool SafetensorsWeights::present_in(const fs::path& folder) {
  return path_exists(folder / kWeightsFile) || path_exists(folder / kWeightsIndexFile);
}

SafetensorsWeights::SafetensorsWeights(const fs::path& folder) {
  if (path_exists(folder / kWeightsFile)) {
    files_.emplace_back(folder / kWeightsFile);
    tensors_ = files_.back().tensors();
    return;
  }
  const fs::path index = folder / kWeightsIndexFile;
  for (const auto& [shard, listed] : read_shard_index(index)) {
    const TensorMap& held = files_.emplace_back(folder / shard).tensors();
    add_shard(tensors_, held, listed, folder / shard, index);
  }
}

}  // namespace lmos
