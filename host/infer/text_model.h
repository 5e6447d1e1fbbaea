// A model folder opened for generation: tokenizer, weights and cache.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "components/catalogue.h"
#include "infer/cached_model.h"
#include "pipeline/pipeline.h"

namespace lmos::infer {

struct TextModelOptions {
  std::string model_plugin;              // empty: by the folder's model type
  std::string tokenizer_plugin;          // empty: the first that reads the file
  std::filesystem::path tokenizer_path;  // empty: in the model folder
  std::filesystem::path adapter;         // a LoRA adapter beside the weights; empty: none
  lmos_dtype compute = LMOS_F32;
  WeightStorage weights = WeightStorage::kCompute;
  // Weights that the file holds in the compute type are read where they lie in its map: the start
  // is quick. Without it they are copied into the device's own memory, which may be faster to read
  // (large pages on a CPU).
  bool share_weights = true;
};

// One thread at a time.
class TextModel {
 public:
  // `device` outlives it.
  TextModel(components::Catalogue& catalogue, runtime::Device& device,
            const std::filesystem::path& folder, const TextModelOptions& options);

  const ModelFiles& files() const { return folder_; }
  const components::Tokenizer& tokenizer() const { return *tokenizer_; }
  // Longest sequence.
  int64_t context() const { return context_; }
  // Tokens that end a text.
  const std::vector<int32_t>& end_ids() const { return end_ids_; }
  // The template that the adapter was trained with; empty: none of its own.
  const std::filesystem::path& adapter_chat_template() const { return adapter_chat_template_; }
  // Allocates a cache, in place of an earlier one. The result lives to the next call.
  CachedModel& prepare(const CacheShape& cache);

 private:
  void read_adapter_settings(const std::filesystem::path& adapter);

  runtime::Device& device_;
  ModelFiles folder_;
  std::optional<Weights> file_;  // while weights lie in its map
  std::unique_ptr<components::Tokenizer> tokenizer_;
  runtime::TensorStore weights_;
  graph::Graph logits_;
  int64_t context_ = 0;
  std::unique_ptr<CachedModel> model_;
  std::vector<int32_t> end_ids_;
  std::filesystem::path adapter_chat_template_;
};

}  // namespace lmos::infer
