#include "formats/safetensors_shards.h"

#include <array>
#include <cstdio>

#include "formats/json_text.h"
#include "formats/safetensors_weights.h"

namespace lmos {
std::vector<std::vector<TensorSpec>> plan_shards(std::vector<TensorSpec> tensors,
                                                 uint64_t max_shard_bytes) {
  std::vector<std::vector<TensorSpec>> shards(1);
  uint64_t shard_bytes = 0;
  for (TensorSpec& tensor : tensors) {
    uint64_t bytes = tensor_bytes(tensor);
    bool fits = shard_bytes <= max_shard_bytes && bytes <= max_shard_bytes - shard_bytes;
    if (!fits && !shards.back().empty()) {
      shards.emplace_back();
      shard_bytes = 0;
    }
    shard_bytes += bytes;
    shards.back().push_back(std::move(tensor));
  }
  return shards;
}

ShardedSafetensorsWriter::ShardedSafetensorsWriter(std::filesystem::path folder,
                                                   std::vector<TensorSpec> tensors,
                                                   uint64_t max_shard_bytes,
                                                   std::map<std::string, std::string> metadata)
    : folder_(std::move(folder)),
      metadata_(std::move(metadata)),
      shards_(plan_shards(std::move(tensors), max_shard_bytes)) {
  for (std::vector<TensorSpec>& shard : shards_) {
    shard = safetensors_order(std::move(shard));
    tensors_.insert(tensors_.end(), shard.begin(), shard.end());
  }
  check_tensor_names(tensors_);
  open_shard();
}

ShardedSafetensorsWriter::~ShardedSafetensorsWriter() = default;

std::string ShardedSafetensorsWriter::shard_name(size_t shard) const {
  if (shards_.size() == 1) return std::string(kWeightsFile);
  std::array<char, 64> name;
  std::snprintf(name.data(), name.size(), "model-%05zu-of-%05zu.safetensors", shard + 1,
                shards_.size());
  return name.data();
}

void ShardedSafetensorsWriter::open_shard() {
  writer_ =
      std::make_unique<SafetensorsWriter>(folder_ / shard_name(shard_), shards_[shard_], metadata_);
}

void ShardedSafetensorsWriter::append(std::string_view name, std::span<const std::byte> data) {
  if (data.empty()) return;
  finish_complete_shards();
  writer_->append(name, data);
}

// Leaves the last shard open, so that commit() and misplaced data have a writer to go to.
void ShardedSafetensorsWriter::finish_complete_shards() {
  while (writer_->complete() && shard_ + 1 < shards_.size()) {
    writer_->commit();
    ++shard_;
    open_shard();
  }
}

void ShardedSafetensorsWriter::commit() {
  finish_complete_shards();
  writer_->commit();
  if (shards_.size() > 1) write_index();
}

void ShardedSafetensorsWriter::write_index() const {
  uint64_t total_bytes = 0;
  std::map<std::string, std::string> shard_of_tensor;
  for (size_t shard = 0; shard < shards_.size(); ++shard) {
    for (const TensorSpec& tensor : shards_[shard]) {
      total_bytes += tensor_bytes(tensor);
      shard_of_tensor.emplace(tensor.name, shard_name(shard));
    }
  }
  Json::Object weight_map;
  for (const auto& [name, file] : shard_of_tensor) weight_map.push_back({name, file});
  Json index = Json::Object{{"metadata", Json::Object{{"total_size", total_bytes}}},
                            {"weight_map", std::move(weight_map)}};
  write_file_atomically(folder_ / kWeightsIndexFile, indented_json(index));
}

}  // namespace lmos
