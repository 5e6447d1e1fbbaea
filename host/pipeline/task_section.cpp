// What a pipeline trains its model for.
#include "pipeline/pipeline_sections.h"

namespace lmos {

Field task_section() {
  return {
      .name = "task",
      .type = FieldType::kSection,
      .doc = "What the model learns.",
      .fields = {{.name = "kind",
                  .default_value = default_of("causal_lm"),
                  .choices = {"causal_lm", "pretraining", "sequence_classification"},
                  .doc = "`causal_lm`: the next token of packed documents. `pretraining`: "
                         "masked tokens, and whether two texts follow each other, as BERT is "
                         "pre-trained. `sequence_classification`: the class of a record."},
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
