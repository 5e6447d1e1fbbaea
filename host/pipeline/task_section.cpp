// What a pipeline trains its model for.
#include <initializer_list>
#include <vector>

#include "pipeline/pipeline_sections.h"

namespace lmos {
namespace {

// The prompts of Stanford's Alpaca (Taori et al. 2023).
constexpr const char* kAlpacaWithInput =
    "Below is an instruction that describes a task, paired with an input that provides further "
    "context. Write a response that appropriately completes the request.\n\n### Instruction:\n"
    "{instruction}\n\n### Input:\n{input}\n\n### Response:\n";
constexpr const char* kAlpaca =
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request.\n\n### Instruction:\n{instruction}\n\n### Response:\n";

ConfigTree texts(std::initializer_list<const char*> values) {
  std::vector<ConfigTree> items;
  for (const char* value : values) items.push_back(default_of(value));
  return ConfigTree::list(std::move(items), Place::in("default"));
}

}  // namespace

Field task_section() {
  return {
      .name = "task",
      .type = FieldType::kSection,
      .doc = "What the model learns.",
      .fields = {{.name = "kind",
                  .default_value = default_of("causal_lm"),
                  .choices = {"causal_lm", "instruction", "pretraining", "sequence_classification"},
                  .doc = "`causal_lm`: the next token of packed documents. `instruction`: "
                         "the completion of a prompt, both made from a record. `pretraining`: "
                         "masked tokens, and whether two texts follow each other, as BERT is "
                         "pre-trained. `sequence_classification`: the class of a record."},
                 {.name = "prompt",
                  .type = FieldType::kList,
                  .default_value = texts({kAlpacaWithInput, kAlpaca, "{prompt}"}),
                  .doc = "`instruction`: templates of the prompt, in which `{NAME}` stands for a "
                         "field of the record; the first whose fields all have text is used. The "
                         "default is Alpaca's form with and without `input`, and a field `prompt`.",
                  .element = each(Field{.non_empty = true})},
                 {.name = "completion",
                  .type = FieldType::kList,
                  .default_value = texts({"{output}", "{completion}"}),
                  .doc = "`instruction`: templates of the completion, which alone counts in the "
                         "loss, together with the end-of-text token after it.",
                  .element = each(Field{.non_empty = true})},
                 {.name = "masking",
                  .type = FieldType::kFloat,
                  .default_value = default_of(0.15),
                  .minimum = 0.01,
                  .maximum = 0.9,
                  .doc = "`pretraining`: share of the tokens to be told; of these 80% are "
                         "masked, 10% replaced by a random token, 10% left."},
                 {.name = "whole_words",
                  .type = FieldType::kBool,
                  .default_value = default_of(false),
                  .doc = "`pretraining`: mask all pieces of a word together."},
                 {.name = "text",
                  .default_value = default_of("text"),
                  .non_empty = true,
                  .doc = "`sequence_classification`: the field of a record that holds the text."},
                 {.name = "second_text",
                  .non_empty = true,
                  .doc = "`sequence_classification`: the field of the second text, of pairs."},
                 {.name = "label",
                  .default_value = default_of("label"),
                  .non_empty = true,
                  .doc = "`sequence_classification`: the field of the class, from 0."},
                 {.name = "classes",
                  .type = FieldType::kInt,
                  .default_value = default_of(2),
                  .minimum = 2,
                  .maximum = 1e6,
                  .doc = "`sequence_classification`: number of classes."}}};
}

}  // namespace lmos
