#include "formats/hugging_face_writer.h"

#include "formats/json_text.h"
#include "formats/model_files.h"

namespace lmos {

void write_small_files(const std::filesystem::path& folder, const HuggingFaceFiles& files,
                       std::string_view config_file) {
  write_file_atomically(folder / config_file, indented_json(files.config));
  if (files.generation_config)
    write_file_atomically(folder / kGenerationConfigFile, indented_json(*files.generation_config));
  if (files.tokenizer) write_file_atomically(folder / kTokenizerFile, *files.tokenizer);
  for (const auto& [name, text] : files.settings) write_file_atomically(folder / name, text);
}

HuggingFaceWriter::HuggingFaceWriter(const std::filesystem::path& folder,
                                     const HuggingFaceFiles& files, std::vector<TensorSpec> tensors,
                                     uint64_t max_shard_bytes)
    : folder_(folder),
      // Transformers refuses safetensors files that do not name their framework.
      weights_(folder_.staging(), std::move(tensors), max_shard_bytes, {{"format", "pt"}}) {
  write_small_files(staging(), files, kConfigFile);
}

void HuggingFaceWriter::commit() {
  weights_.commit();
  folder_.commit();
}

}  // namespace lmos
