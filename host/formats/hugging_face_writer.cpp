#include "formats/hugging_face_writer.h"

#include "formats/json_text.h"
#include "formats/model_files.h"

namespace lmos {

HuggingFaceWriter::HuggingFaceWriter(const std::filesystem::path& folder,
                                     const HuggingFaceFiles& files, std::vector<TensorSpec> tensors,
                                     uint64_t max_shard_bytes)
    : folder_(folder),
      // Transformers refuses safetensors files that do not name their framework.
      weights_(folder_.staging(), std::move(tensors), max_shard_bytes, {{"format", "pt"}}) {
  write_file_atomically(staging() / kConfigFile, indented_json(files.config));
  if (files.generation_config)
    write_file_atomically(staging() / kGenerationConfigFile,
                          indented_json(*files.generation_config));
  if (files.tokenizer) write_file_atomically(staging() / kTokenizerFile, *files.tokenizer);
}

void HuggingFaceWriter::commit() {
  weights_.commit();
  folder_.commit();
}

}  // namespace lmos
