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
                  .choices = {"causal_lm", "instruction", "pretraining", "sequence_classification",
                              "token_classification", "question_answering"},
                  .doc = "`causal_lm`: the next token of packed documents. `instruction`: "
                         "the completion of a prompt, both made from a record. `pretraining`: "
                         "masked tokens, and whether two texts follow each other, as BERT is "
                         "pre-trained. `sequence_classification`: the class of a record. "
                         "`token_classification`: the class of each word of a record. "
                         "`question_answering`: which part of a context answers a question."},
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
                 {.name = "messages",
                  .default_value = default_of("messages"),
                  .non_empty = true,
                  .doc = "`instruction`: the field of a conversation, `[{role, content}, …]`; a "
                         "record that has it is rendered by the chat template, and the "
                         "assistant's messages count in the loss, except those with `weight: 0`."},
                 {.name = "chat_template",
                  .non_empty = true,
                  .doc = "`instruction`: a file with the Jinja template of conversations, in "
                         "place of the model's own. Checkpoints have it.",
                  .path = PathUse::kRead},
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
                  .doc = "`sequence_classification`: the field of the class: its name or its "
                         "number from 0."},
                 {.name = "words",
                  .default_value = default_of("tokens"),
                  .non_empty = true,
                  .doc = "`token_classification`: the field of the words, a list of texts."},
                 {.name = "tags",
                  .default_value = default_of("tags"),
                  .non_empty = true,
                  .doc = "`token_classification`: the field of their classes, a list of names or "
                         "numbers. The first token of a word is what is told."},
                 {.name = "question",
                  .default_value = default_of("question"),
                  .non_empty = true,
                  .doc = "`question_answering`: the field of the question."},
                 {.name = "context",
                  .default_value = default_of("context"),
                  .non_empty = true,
                  .doc = "`question_answering`: the field of the text that holds the answer."},
                 {.name = "answers",
                  .default_value = default_of("answers"),
                  .non_empty = true,
                  .doc = "`question_answering`: the field of the answers, `[{text, "
                         "answer_start}]` or `{text: […], answer_start: […]}`, counted in "
                         "characters. The first is learned, the nearest is scored."},
                 {.name = "stride",
                  .type = FieldType::kInt,
                  .default_value = default_of(128),
                  .minimum = 0,
                  .maximum = 1e6,
                  .unit = "tokens",
                  .doc = "`question_answering`: how much of a context that is longer than "
                         "dataset.sequence neighbouring windows share."},
                 {.name = "answer_tokens",
                  .type = FieldType::kInt,
                  .default_value = default_of(30),
                  .minimum = 1,
                  .maximum = 1e6,
                  .unit = "tokens",
                  .doc = "`question_answering`: the longest answer that is given."},
                 {.name = "unanswerable",
                  .type = FieldType::kBool,
                  .default_value = default_of(false),
                  .doc = "`question_answering`: there are questions without an answer, and none "
                         "may be given."},
                 {.name = "labels",
                  .type = FieldType::kList,
                  .default_value = texts({}),
                  .doc = "Names of the classes, in order, for tasks that classify; those of the "
                         "model unless given.",
                  .element = each(Field{.non_empty = true})},
                 {.name = "classes",
                  .type = FieldType::kInt,
                  .minimum = 2,
                  .maximum = 1e6,
                  .doc = "Number of classes, for tasks that classify; as many as `labels` or the "
                         "model has unless given, 2 for a new model."}}};
}

}  // namespace lmos
