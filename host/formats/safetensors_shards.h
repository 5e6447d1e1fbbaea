// Writing a model's weights as one safetensors file or as shards with an index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/safetensors_writer.h"

namespace lmos {

// Cuts `tensors`, in their order, into runs whose data is at most `max_shard_bytes`; a larger
// tensor is alone in its run. At least one run.
std::vector<std::vector<TensorSpec>> plan_shards(std::vector<TensorSpec> tensors,
                                                 uint64_t max_shard_bytes);

// Writes into `folder`, which exists: model.safetensors when everything fits into one shard, else
// model-00001-of-0000N.safetensors … and model.safetensors.index.json. Use, order rules and errors
// as in SafetensorsWriter; one shard is open at a time. Each file is atomic by itself; for the set
// use an AtomicFolder.
class ShardedSafetensorsWriter {
 public:
  ShardedSafetensorsWriter(std::filesystem::path folder, std::vector<TensorSpec> tensors,
                           uint64_t max_shard_bytes, std::map<std::string, std::string> metadata);
  ~ShardedSafetensorsWriter();

  // In the order in which their data must be appended.
  const std::vector<TensorSpec>& tensors() const { return tensors_; }
  void append(std::string_view name, std::span<const std::byte> data);
  void commit();

 private:
  std::string shard_name(size_t shard) const;
  void open_shard();
  void finish_complete_shards();
  void write_index() const;

  std::filesystem::path folder_;
  std::map<std::string, std::string> metadata_;
  std::vector<std::vector<TensorSpec>> shards_;
  std::vector<TensorSpec> tensors_;
  size_t shard_ = 0;                           // the open one
  std::unique_ptr<SafetensorsWriter> writer_;  // of the open shard
};

}  // namespace lmos
