// The sections that name plugins.
#include "pipeline/compute_type.h"
#include "pipeline/pipeline_sections.h"

namespace lmos {
namespace {

Field plugin_key(bool required, std::string doc) {
  return {.name = "plugin", .required = required, .non_empty = true, .doc = std::move(doc)};
}

}  // namespace

Field backend_section() {
  Field plugin = plugin_key(false, "The backend: `cpu`, `reference` or another that is installed.");
  plugin.default_value = default_of("cpu");
  return {.name = "backend",
          .type = FieldType::kSection,
          .doc = "What computes.",
          .fields = {plugin,
                     {.name = "compute",
                      .default_value = default_of("float32"),
                      .choices = compute_type_names(),
                      .aliases = compute_type_aliases(),
                      .doc = "Type of matrix products and activations; weights are kept in "
                             "float32. `f32`, `bf16` and `f16` are accepted too."},
                     {.name = "threads",
                      .type = FieldType::kInt,
                      .default_value = default_of(0),
                      .minimum = 0,
                      .maximum = 4096,
                      .doc = "Threads of the host's pool; 0 takes one a core."},
                     {.name = "device",
                      .type = FieldType::kInt,
                      .default_value = default_of(0),
                      .minimum = 0,
                      .maximum = 4096,
                      .doc = "Which of the backend's devices, counted from 0."},
                     {.name = "strict",
                      .type = FieldType::kBool,
                      .default_value = default_of(false),
                      .doc = "Refuse operations that the backend has no kernel for, instead of "
                             "replacing them by simpler ones."}},
          .plugin = PluginPart{.interface_id = "lmos.backend/1"}};
}

Field tokenizer_section() {
  return {.name = "tokenizer",
          .type = FieldType::kSection,
          .doc =
              "Text to tokens. Either `path` or `train`; without this section, the tokenizer in "
              "`model.path` is used.",
          .fields = {plugin_key(false,
                                "The kind of tokenizer. With `path` it may be left out: the plugin "
                                "that opens the file is taken."),
                     {.name = "path",
                      .non_empty = true,
                      .doc = "A tokenizer's file, such as a `tokenizer.json`, or a folder that "
                             "holds one; docs/tokenizers.md lists the formats.",
                      .path = PathUse::kRead},
                     {.name = "train",
                      .type = FieldType::kSection,
                      .doc = "Learn a new vocabulary from the data set before training."}},
          .plugin = PluginPart{.interface_id = "lmos.tokenizer/1", .subsection = "train"}};
}

Field dataset_section() {
  return {
      .name = "dataset",
      .type = FieldType::kSection,
      .doc = "Where text comes from.",
      .fields = {plugin_key(true, "The kind of data set."),
                 {.name = "sequence",
                  .type = FieldType::kInt,
                  .minimum = 1,
                  .maximum = kMostTokens,
                  .unit = "tokens",
                  .doc = "Length of a training sequence; documents are packed into it. Required "
                         "with `kind: train`; with `kind: evaluate`, what the model reads at once, "
                         "and as much as it can unless given."},
                 {.name = "sampling",
                  .default_value = default_of("epochs"),
                  .choices = {"epochs", "random_windows"},
                  .doc = "`epochs`: every sequence once an epoch, in an order that each epoch "
                         "shuffles anew. `random_windows`: each starts at a random token."},
                 {.name = "isolate_documents",
                  .type = FieldType::kBool,
                  .default_value = default_of(false),
                  .doc = "Let tokens attend to their own document only, with positions from 0 in "
                         "each."}},
      .plugin = PluginPart{.interface_id = "lmos.dataset/1"}};
}

Field model_section() {
  return {
      .name = "model",
      .type = FieldType::kSection,
      .doc = "A new model from its dimensions, or one that exists, from `path`.",
      .fields = {plugin_key(false,
                            "The architecture. With `path` it may be left out: the plugin that "
                            "reads the folder's `config.json` is taken."),
                 {.name = "path",
                  .non_empty = true,
                  .doc = "A Hugging Face folder (`config.json`, safetensors), for instance a "
                         "checkpoint.",
                  .path = PathUse::kRead},
                 {.name = "weights",
                  .default_value = default_of("compute"),
                  .choices = {"compute", "compact", "int8", "float8"},
                  .aliases = {{"fp8", "float8"}},
                  .doc =
                      "How matrices are held while generating: `compute`, as "
                      "`backend.compute` says; `compact`, bfloat16 in 13 bits without loss; `int8` "
                      "or `float8` (E4M3), one byte a weight and "
                      "a scale for each output row, made when the file is loaded. Embeddings, "
                      "the output head and norms are not quantised. `fp8` is accepted too. Not "
                      "with `kind: "
                      "train`."},
                 {.name = "adapter",
                  .non_empty = true,
                  .doc = "A folder with a LoRA adapter in PEFT's files, used beside the weights "
                         "in `path`. Not with `kind: train`.",
                  .path = PathUse::kRead}},
      .plugin = PluginPart{.interface_id = "lmos.model/1", .replacing_key = "path"}};
}

Field strategy_section() {
  return {.name = "strategy",
          .type = FieldType::kSection,
          .doc = "How the work is spread over devices.",
          .fields = {{.name = "plugin",
                      .default_value = default_of("single"),
                      .choices = {"single"},
                      .doc = "`single`: one device."}}};
}

}  // namespace lmos
