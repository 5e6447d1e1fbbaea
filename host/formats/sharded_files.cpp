#include "formats/sharded_files.h"

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/path_exists.h"
#include "formats/quote.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

// An index may come from anywhere; it must not make the reader open files of other folders.
void check_shard_name(const std::string& name, const std::string& where) {
  bool plain = !name.empty() && name != "." && name != ".." &&
               name.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
  if (!plain)
    throw Error(ErrorKind::kInput,
                where + ": " + quote_text(name) + " is not the name of a file in the same folder");
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

ShardTensors shards_of_index(const Json& index, const std::string& name) {
  const std::string where = name + ": weight_map";
  ShardTensors shards;
  for (const JsonMember& member : index.at("weight_map", name).as_object(where)) {
    const std::string& shard = member.value.as_string(where);
    check_shard_name(shard, where);
    shards[shard].insert(member.key);
  }
  if (shards.empty()) throw Error(ErrorKind::kInput, where + " lists no tensor");
  return shards;
}

ShardTensors read_shard_index(const fs::path& path) {
  ShardTensors shards = shards_of_index(read_json_file(path), path.string());
  check_present(shards, path.parent_path());
  return shards;
}

void refuse_promised(const fs::path& shard, const fs::path& index, std::string_view tensor) {
  throw Error(ErrorKind::kInput, shard.string() + ": " + index.filename().string() +
                                     " promises tensor " + quote_text(tensor) +
                                     ", which is not in this file");
}

void refuse_unlisted(const fs::path& shard, const fs::path& index, std::string_view tensor) {
  throw Error(ErrorKind::kInput, shard.string() + ": tensor " + quote_text(tensor) +
                                     " is not listed for this file in " +
                                     index.filename().string());
}

}  // namespace lmos
