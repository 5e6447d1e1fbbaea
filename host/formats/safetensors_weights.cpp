#include "formats/safetensors_weights.h"

#include <map>
#include <string>

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/path_exists.h"
#include "formats/quote.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

// Shard file -> names of its tensors.
using ShardTensors = std::map<std::string, std::vector<std::string>>;

// An index may come from anywhere; it must not make the reader open files of other folders.
void check_shard_name(const std::string& name, const std::string& where) {
  bool plain = !name.empty() && name != "." && name != ".." &&
               name.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
  if (!plain)
    throw Error(ErrorKind::kInput,
                where + ": " + quote_text(name) + " is not the name of a file in the same folder");
}

ShardTensors read_index(const fs::path& path) {
  Json index = read_json_file(path);
  std::string where = path.string() + ": weight_map";
  ShardTensors shards;
  for (const JsonMember& member : index.at("weight_map", path.string()).as_object(where)) {
    const std::string& shard = member.value.as_string(where);
    check_shard_name(shard, where);
    shards[shard].push_back(member.key);
  }
  if (shards.empty()) throw Error(ErrorKind::kInput, where + " lists no tensor");
  return shards;
}

void check_present(const ShardTensors& shards, const fs::path& folder) {
  std::string missing;
  for (const auto& [shard, names] : shards) {
    if (!path_exists(folder / shard)) missing += (missing.empty() ? "" : ", ") + shard;
  }
  if (!missing.empty())
    throw Error(ErrorKind::kInput, folder.string() + ": shards of the weights are missing: " +
                                       missing + "; fetch the whole model again");
}

}  // namespace

bool SafetensorsWeights::present_in(const fs::path& folder) {
  return path_exists(folder / kWeightsFile) || path_exists(folder / kWeightsIndexFile);
}

SafetensorsWeights::SafetensorsWeights(const fs::path& folder) {
  if (path_exists(folder / kWeightsFile)) {
    files_.emplace_back(folder / kWeightsFile);
    tensors_ = files_.back().tensors();
  } else {
    open_shards(folder);
  }
}

void SafetensorsWeights::open_shards(const fs::path& folder) {
  ShardTensors shards = read_index(folder / kWeightsIndexFile);
  check_present(shards, folder);
  for (const auto& [shard, names] : shards) {
    std::string where = (folder / shard).string();
    const TensorMap& held = files_.emplace_back(folder / shard).tensors();
    for (const std::string& name : names) {
      auto tensor = held.find(name);
      if (tensor == held.end())
        throw Error(ErrorKind::kInput, where + ": " + std::string(kWeightsIndexFile) +
                                           " promises tensor " + quote_text(name) +
                                           ", which is not in this file");
      tensors_.insert(*tensor);
    }
    if (held.size() == names.size()) continue;
    for (const auto& [name, tensor] : held) {
      auto listed = tensors_.find(name);
      if (listed == tensors_.end() || listed->second.data.data() != tensor.data.data())
        throw Error(ErrorKind::kInput, where + ": tensor " + quote_text(name) +
                                           " is not listed for this file in " +
                                           std::string(kWeightsIndexFile));
    }
  }
}

}  // namespace lmos
