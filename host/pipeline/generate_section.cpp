#include "pipeline/pipeline_sections.h"

namespace lmos {
namespace {

Field penalty(const char* name, const char* doc) {
  return {.name = name,
          .type = FieldType::kFloat,
          .default_value = default_of(0.0),
          .minimum = -2,
          .maximum = 2,
          .doc = doc};
}

}  // namespace

Field max_tokens_field(const char* doc) {
  return {.name = "max_tokens",
          .type = FieldType::kInt,
          .default_value = default_of(128),
          .minimum = 1,
          .maximum = kMostTokens,
          .unit = "tokens",
          .doc = doc};
}

Field stop_field(const char* doc) {
  return {.name = "stop",
          .type = FieldType::kList,
          .default_value = ConfigTree::list({}, Place::in("default")),
          .doc = doc,
          .element = each({.non_empty = true})};
}

Field generate_section() {
  return {
      .name = "generate",
      .type = FieldType::kSection,
      .doc = "Text from the model. With `kind: train`, a sample at the end of the run.",
      .fields = {
          {.name = "prompt", .doc = "Text to continue. Either this or `prompts`."},
          {.name = "prompts",
           .non_empty = true,
           .doc = "A JSON-lines file to read, one object with `prompt` a line.",
           .path = PathUse::kRead},
          {.name = "output",
           .non_empty = true,
           .doc = "A JSON-lines file to write; goes with `prompts`.",
           .path = PathUse::kWrite},
          max_tokens_field("Longest continuation."),
          {.name = "temperature",
           .type = FieldType::kFloat,
           .default_value = default_of(1.0),
           .minimum = 0,
           .maximum = 100,
           .doc = "Divides the logits; 0 always takes the likeliest token."},
          {.name = "top_k",
           .type = FieldType::kInt,
           .default_value = default_of(0),
           .minimum = 0,
           .maximum = kMostTokens,
           .doc = "Sample from so many likeliest tokens; 0: from all."},
          {.name = "top_p",
           .type = FieldType::kFloat,
           .default_value = default_of(1.0),
           .minimum = 0,
           .maximum = 1,
           .above_minimum = true,
           .doc = "Sample from the likeliest tokens that together have this probability."},
          {.name = "min_p",
           .type = FieldType::kFloat,
           .default_value = default_of(0.0),
           .minimum = 0,
           .maximum = 1,
           .below_maximum = true,
           .doc = "Leave out tokens below this share of the likeliest one's probability."},
          {.name = "repetition_penalty",
           .type = FieldType::kFloat,
           .default_value = default_of(1.0),
           .minimum = 0,
           .above_minimum = true,
           .doc = "Divides positive and multiplies negative logits of tokens that have occurred, "
                  "the prompt included; 1 changes nothing."},
          penalty("frequency_penalty",
                  "Taken off a token's logit for each time it has been generated."),
          penalty("presence_penalty", "Taken off a token's logit once it has been generated."),
          stop_field("Texts that end a continuation; they are not part of it."),
          {.name = "count",
           .type = FieldType::kInt,
           .default_value = default_of(1),
           .minimum = 1,
           .maximum = kMostSequences,
           .unit = "continuations",
           .doc = "Of each prompt."},
          {.name = "seed",
           .type = FieldType::kInt,
           .minimum = 0,
           .doc = "Of the sampling; the pipeline's `seed` unless given."}}};
}

}  // namespace lmos
