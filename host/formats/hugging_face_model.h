// Reading a model folder as Hugging Face lays it out.
#pragma once

#include <filesystem>
#include <string_view>

#include "formats/generation_config.h"
#include "formats/json.h"
#include "formats/safetensors_weights.h"

namespace lmos {

inline constexpr std::string_view kConfigFile = "config.json";
inline constexpr std::string_view kGenerationConfigFile = "generation_config.json";
inline constexpr std::string_view kTokenizerFile = "tokenizer.json";

class HuggingFaceModel {
 public:
  // Reads the two configurations; the weights stay closed. Needs config.json and the weights; the
  // other files are optional. Error(kInput): one message with everything that is missing, or the
  // place of what is malformed.
  explicit HuggingFaceModel(std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  const Json& config() const { return config_; }
  // null where the file is absent.
  const Json& generation_config_json() const { return generation_config_json_; }
  const GenerationConfig& generation_config() const { return generation_config_; }
  bool has_tokenizer() const;
  // Error(kInput) where the file is absent.
  std::filesystem::path tokenizer_path() const;
  SafetensorsWeights open_weights() const { return SafetensorsWeights(folder_); }

 private:
  std::filesystem::path folder_;
  Json config_;
  Json generation_config_json_;
  GenerationConfig generation_config_;
};

}  // namespace lmos
