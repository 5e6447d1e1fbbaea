// Whatever the bytes, an index of shards is refused by an Error or names files of its own folder,
// each with the tensors that it lists for it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/sharded_files.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const lmos::Json index = lmos::parse_json(text, "input");
    const lmos::ShardTensors shards = lmos::shards_of_index(index, "input");
    size_t tensors = 0;
    for (const auto& [shard, names] : shards) {
      require(!shard.empty() && shard != "." && shard != ".." &&
              shard.find('/') == std::string::npos);
      require(!names.empty());
      tensors += names.size();
    }
    require(tensors == index.at("weight_map", "input").as_object("input").size());
  } catch (const lmos::Error& error) {
    require(error.kind() == lmos::ErrorKind::kInput);
  }
  return 0;
}
