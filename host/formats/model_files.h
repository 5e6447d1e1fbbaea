// A model as its files describe it: a Hugging Face folder, or a GGUF file, in the same terms.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "formats/generation_config.h"
#include "formats/gguf.h"
#include "formats/json.h"
#include "formats/weights.h"

namespace lmos {

inline constexpr std::string_view kConfigFile = "config.json";
inline constexpr std::string_view kGenerationConfigFile = "generation_config.json";
inline constexpr std::string_view kTokenizerFile = "tokenizer.json";

class ModelFiles {
 public:
  // Reads the configurations; the weights stay closed. A folder needs config.json and weights; the
  // other files are optional. Error(kInput): one message with everything that is missing, or the
  // place of what is malformed.
  explicit ModelFiles(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  bool is_folder() const { return gguf_ == nullptr; }
  // The content of config.json, or what it would be.
  const Json& config() const { return config_; }
  // The file that config() comes from, for messages.
  const std::string& config_place() const { return config_place_; }
  // null where the file is absent.
  const Json& generation_config_json() const { return generation_config_json_; }
  const GenerationConfig& generation_config() const { return generation_config_; }
  // Of a GGUF file; null for a folder.
  const std::shared_ptr<const GgufFile>& gguf() const { return gguf_; }

  // A tokenizer.json, or the vocabulary of a GGUF file.
  bool has_tokenizer() const;
  // What to open a tokenizer from: the folder's tokenizer.json; without one the folder, which may
  // hold a tokenizer in another format; the GGUF file.
  std::filesystem::path tokenizer_path() const;
  // Under the names of Hugging Face.
  Weights open_weights() const;

 private:
  void open_folder();
  void open_gguf();

  std::filesystem::path path_;
  Json config_;
  std::string config_place_;
  Json generation_config_json_;
  GenerationConfig generation_config_;
  std::shared_ptr<const GgufFile> gguf_;
};

}  // namespace lmos
