// Tensors of a model under the names and in the layout of GGUF, and of Hugging Face.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/json.h"
#include "formats/stored_tensor.h"

namespace lmos {

// The model types (of config.json, and of general.architecture, which agree) that are known.
bool has_gguf_names(std::string_view model_type);
std::string known_gguf_models();  // for messages: "llama, gpt2, bert"

// Tensors under new names, as views of the same data.
struct RenamedTensors {
  StoredTensors tensors;
  std::vector<std::string> left_out;  // names in the source that the other side has no place for
};

// Both need the sizes in `config`, the content of a config.json; `where` names the file.
//
// llama: rows of the query and key projections are in another order, because ggml rotates
// neighbouring elements of a head and Hugging Face its two halves. gpt2: matrices of the blocks are
// transposed. Error(kInput) for a model type that is not known, or sizes that do not fit.
RenamedTensors hugging_face_names(const StoredTensors& gguf, const Json& config,
                                  const std::string& where);
RenamedTensors gguf_names(const StoredTensors& hugging_face, const Json& config,
                          const std::string& where);

}  // namespace lmos
