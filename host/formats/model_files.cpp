#include "formats/model_files.h"

#include "errors/error.h"
#include "formats/gguf_config.h"
#include "formats/gguf_names.h"
#include "formats/json_text.h"
#include "formats/path_exists.h"
#include "formats/quote.h"
#include "formats/safetensors_weights.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

void check_complete(const fs::path& folder) {
  std::string missing;
  if (!path_exists(folder / kConfigFile)) missing += "\n  " + std::string(kConfigFile);
  if (!has_weights(folder))
    missing += "\n  " + std::string(kWeightsFile) + " or " + std::string(kWeightsIndexFile);
  if (!missing.empty())
    throw Error(ErrorKind::kInput,
                folder.string() + ": not a complete model folder; missing:" + missing);
}

Json read_object(const fs::path& path) {
  Json json = read_json_file(path);
  json.as_object(path.string());
  return json;
}

}  // namespace

ModelFiles::ModelFiles(fs::path path) : path_(std::move(path)) {
  if (!path_exists(path_))
    throw Error(ErrorKind::kInput, path_.string() + ": no such model file or folder");
  if (fs::is_directory(path_)) {
    open_folder();
  } else if (file_kind(path_) == FileKind::kGguf) {
    open_gguf();
  } else {
    throw Error(ErrorKind::kInput, path_.string() +
                                       ": not a model; give a Hugging Face folder or a GGUF file "
                                       "(weights alone do not say what to compute)");
  }
}

void ModelFiles::open_folder() {
  check_complete(path_);
  config_ = read_object(path_ / kConfigFile);
  config_place_ = (path_ / kConfigFile).string();
  if (path_exists(path_ / kGenerationConfigFile))
    generation_config_json_ = read_object(path_ / kGenerationConfigFile);
  generation_config_ = parse_generation_config(generation_config_json_, config_, path_.string());
}

void ModelFiles::open_gguf() {
  gguf_ = std::make_shared<const GgufFile>(path_);
  config_ = config_from_gguf(gguf_->contents(), path_.string());
  config_place_ = path_.string();
  generation_config_ = parse_generation_config(generation_config_json_, config_, path_.string());
}

bool ModelFiles::has_tokenizer() const {
  if (gguf_) return gguf_->metadata().find("tokenizer.ggml.tokens") != nullptr;
  return path_exists(path_ / kTokenizerFile);
}

fs::path ModelFiles::tokenizer_path() const {
  return is_folder() && has_tokenizer() ? path_ / kTokenizerFile : path_;
}

Weights ModelFiles::open_weights() const {
  if (is_folder()) return open_weights_folder(path_);
  StoredTensors tensors;
  for (const auto& [name, tensor] : gguf_->contents().tensors)
    tensors.emplace(name, StoredTensor{tensor.encoding, tensor.shape, tensor.data});
  RenamedTensors renamed = hugging_face_names(tensors, config_, path_.string());
  for (const std::string& name : renamed.left_out) {
    if (name != kGgufRopeFactors)
      throw Error(ErrorKind::kInput, path_.string() + ": tensor " + quote_text(name) +
                                         " is not one that such a model has in GGUF files; the "
                                         "model cannot be computed without it");
  }
  return {std::move(renamed.tensors), gguf_, "GGUF"};
}

}  // namespace lmos
