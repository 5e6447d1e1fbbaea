// Model folders whose weights are spread over files that an index lists.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "formats/json.h"

namespace lmos {

// Shard file -> names of its tensors.
using ShardTensors = std::map<std::string, std::set<std::string, std::less<>>>;

// Reads {"metadata": …, "weight_map": {TENSOR: FILE}}. Error(kInput), naming `name`: malformed, no
// tensor, or a shard outside of the index's folder.
ShardTensors shards_of_index(const Json& index, const std::string& name);

// That of a file. Error(kInput) also for shards that are missing, all at once.
ShardTensors read_shard_index(const std::filesystem::path& index);

// Throw Error(kInput) about a tensor that the index promises, or does not list, for the shard.
[[noreturn]] void refuse_promised(const std::filesystem::path& shard,
                                  const std::filesystem::path& index, std::string_view tensor);
[[noreturn]] void refuse_unlisted(const std::filesystem::path& shard,
                                  const std::filesystem::path& index, std::string_view tensor);

// Adds to `all` the tensors that a shard holds, which must be those that the index lists for it.
// Both map names to tensors.
template <typename Tensors>
void add_shard(Tensors& all, const Tensors& held, const ShardTensors::mapped_type& listed,
               const std::filesystem::path& shard, const std::filesystem::path& index) {
  for (const std::string& name : listed)
    if (!held.contains(name)) refuse_promised(shard, index, name);
  for (const auto& [name, tensor] : held) {
    if (!listed.contains(name)) refuse_unlisted(shard, index, name);
    all.emplace(name, tensor);
  }
}

}  // namespace lmos
