// Stands in for the registry: plugin schemas declared in C, as plugins do.
#pragma once

#include <string>

#include "pipeline/schema.h"

namespace lmos {

// backends cpu and reference, tokenizer bpe, data set text, models llama and gpt2.
PluginSchemas schemas_for_test();

// A valid pipeline of kind: train that every section of the format is in.
extern const char kTrainYaml[];

}  // namespace lmos
