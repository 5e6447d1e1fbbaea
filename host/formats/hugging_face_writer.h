// Writing a model folder that Hugging Face libraries, and LLMasOS, read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/atomic_folder.h"
#include "formats/json.h"
#include "formats/safetensors_shards.h"
#include "formats/tokenizer_settings.h"

namespace lmos {

inline constexpr uint64_t kDefaultMaxShardBytes = 5'000'000'000;

// The small files of a model folder; what is absent is not written.
struct HuggingFaceFiles {
  Json config;
  std::optional<Json> generation_config;
  std::optional<std::string> tokenizer;  // the text of tokenizer.json
  TokenizerSettings settings;
};

// `config_file`: the name of what holds `files.config`.
void write_small_files(const std::filesystem::path& folder, const HuggingFaceFiles& files,
                       std::string_view config_file);

// The folder appears under its name with commit(), complete, replacing an earlier one; without it
// nothing changes. Use, order rules and errors of the weights as in ShardedSafetensorsWriter. One
// thread at a time.
class HuggingFaceWriter {
 public:
  HuggingFaceWriter(const std::filesystem::path& folder, const HuggingFaceFiles& files,
                    std::vector<TensorSpec> tensors,
                    uint64_t max_shard_bytes = kDefaultMaxShardBytes);

  // In the order in which their data must be appended.
  const std::vector<TensorSpec>& tensors() const { return weights_.tensors(); }
  void append(std::string_view name, std::span<const std::byte> data) {
    weights_.append(name, data);
  }
  // Where further files of the same folder, such as a trainer's state, may be written before
  // commit().
  const std::filesystem::path& staging() const { return folder_.staging(); }
  void commit();

 private:
  AtomicFolder folder_;
  ShardedSafetensorsWriter weights_;
};

}  // namespace lmos
