#include "formats/hugging_face_model.h"

#include <string>

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/path_exists.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

void check_complete(const fs::path& folder) {
  if (!path_exists(folder))
    throw Error(ErrorKind::kInput, folder.string() + ": no such model folder");
  std::string missing;
  if (!path_exists(folder / kConfigFile)) missing += "\n  " + std::string(kConfigFile);
  if (!SafetensorsWeights::present_in(folder)) {
    missing += "\n  " + std::string(kWeightsFile) + " or " + std::string(kWeightsIndexFile);
    if (path_exists(folder / "pytorch_model.bin"))
      missing += " (pytorch_model.bin is not read: save the model as safetensors)";
  }
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

HuggingFaceModel::HuggingFaceModel(fs::path folder) : folder_(std::move(folder)) {
  check_complete(folder_);
  config_ = read_object(folder_ / kConfigFile);
  if (path_exists(folder_ / kGenerationConfigFile))
    generation_config_json_ = read_object(folder_ / kGenerationConfigFile);
  generation_config_ = parse_generation_config(generation_config_json_, config_, folder_.string());
}

bool HuggingFaceModel::has_tokenizer() const { return path_exists(folder_ / kTokenizerFile); }

fs::path HuggingFaceModel::tokenizer_path() const {
  if (has_tokenizer()) return folder_ / kTokenizerFile;
  throw Error(ErrorKind::kInput, folder_.string() + ": " + std::string(kTokenizerFile) +
                                     " is missing; name a tokenizer in the pipeline");
}

}  // namespace lmos
