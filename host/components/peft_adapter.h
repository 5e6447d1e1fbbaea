// LoRA adapters in the files of Hugging Face's PEFT:
//
//   adapter_config.json         rank, alpha, which modules
//   adapter_model.safetensors   base_model.model.MODULE.lora_A.weight, .lora_B.weight
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "formats/hugging_face_writer.h"
#include "formats/json.h"
#include "formats/weights.h"
#include "graph/graph.h"
#include "passes/lora.h"
#include "runtime/tensor_store.h"

namespace lmos::components {

inline constexpr std::string_view kAdapterConfigFile = "adapter_config.json";
inline constexpr std::string_view kAdapterWeightsFile = "adapter_model.safetensors";

class PeftAdapter {
 public:
  // Error(kInput) for a folder without the files, for one that is damaged, and for what is more
  // than LoRA of linear layers: DoRA, trained biases, embeddings or whole modules.
  explicit PeftAdapter(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const passes::LoraModules& modules() const { return modules_; }
  // The model's graph with the adapter beside its weights.
  graph::Graph add_to(const graph::Graph& base) const;
  // Puts the adapter's parameters into the store, as float32.
  void load(runtime::TensorStore& store, runtime::Stream& stream, const graph::Graph& base) const;

  // Of the files that PEFT may have written.
  const Weights& weights() const { return weights_; }

 private:
  std::filesystem::path folder_;
  Weights weights_;
  passes::LoraModules modules_;
};

// What adapter_config.json says besides the modules.
struct PeftConfig {
  std::string base_model;  // the folder or name of the model that was adapted
  int64_t rank = 0;
  double alpha = 0;
  double dropout = 0;
};

// `base`: the graph whose `modules` are adapted. The modules are named as shortly as PEFT allows.
Json peft_config_json(const PeftConfig& config, const graph::Graph& base,
                      const passes::LoraModules& modules);

// An adapter as files; use as HuggingFaceWriter.
class PeftAdapterWriter {
 public:
  // `files.config`: peft_config_json.
  PeftAdapterWriter(const std::filesystem::path& folder, const HuggingFaceFiles& files,
                    std::vector<TensorSpec> tensors);

  const std::vector<TensorSpec>& tensors() const { return weights_.tensors(); }
  void append(std::string_view name, std::span<const std::byte> data) {
    weights_.append(name, data);
  }
  const std::filesystem::path& staging() const { return folder_.staging(); }
  void commit();

 private:
  AtomicFolder folder_;
  SafetensorsWriter weights_;
};

}  // namespace lmos::components
