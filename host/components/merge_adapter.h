// A model with its adapter folded into the weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "components/peft_adapter.h"
#include "formats/model_files.h"

namespace lmos::components {

// Writes the folder `output`, complete or not at all: the files of `model`, with
// w + scale · B A in place of each adapted weight w, in the type in which the model holds it.
// `graph`: any task's graph of the model, without the adapter. `tokenizer`: the text of its
// tokenizer.json, or empty. `progress(done, total)` counts bytes and stops the work by returning
// false: then false is returned and nothing is written.
bool merge_adapter(const ModelFiles& model, const graph::Graph& graph, const PeftAdapter& adapter,
                   const std::string& tokenizer, const std::filesystem::path& output,
                   const std::function<bool(uint64_t done, uint64_t total)>& progress);

}  // namespace lmos::components
