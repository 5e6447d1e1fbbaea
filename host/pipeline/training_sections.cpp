// The sections of a training run.
#include "pipeline/pipeline_sections.h"

namespace lmos {
namespace {

Field loss_scale_section() {
  return {.name = "loss_scale",
          .type = FieldType::kSection,
          .doc =
              "Keeps gradients in float16 from vanishing: losses are multiplied by a scale and "
              "gradients divided by it. A step whose gradients overflow changes no weight. Only "
              "with `backend.compute: float16`, where the defaults hold unless it is given.",
          .fields = {{.name = "initial",
                      .type = FieldType::kFloat,
                      .default_value = default_of(65536.0),
                      .minimum = 0,
                      .above_minimum = true,
                      .doc = "Scale of the first step; powers of 2 add no rounding."},
                     {.name = "growth",
                      .type = FieldType::kFloat,
                      .default_value = default_of(2.0),
                      .minimum = 1,
                      .doc = "What multiplies the scale after `interval` steps without overflow."},
                     {.name = "backoff",
                      .type = FieldType::kFloat,
                      .default_value = default_of(0.5),
                      .minimum = 0,
                      .maximum = 1,
                      .above_minimum = true,
                      .below_maximum = true,
                      .doc = "What multiplies the scale after a step that overflowed."},
                     {.name = "interval",
                      .type = FieldType::kInt,
                      .default_value = default_of(2000),
                      .minimum = 1,
                      .maximum = kMostSteps,
                      .unit = "steps",
                      .doc = "Steps in a row without overflow after which the scale grows."},
                     {.name = "minimum",
                      .type = FieldType::kFloat,
                      .default_value = default_of(1e-4),
                      .minimum = 0,
                      .above_minimum = true,
                      .doc = "A scale below it ends the run: something else is wrong."}}};
}

}  // namespace

Field optimizer_section() {
  const Field beta = {.type = FieldType::kFloat, .minimum = 0, .maximum = 1, .below_maximum = true};
  return {.name = "optimizer",
          .type = FieldType::kSection,
          .doc = "How gradients change the weights.",
          .fields = {{.name = "kind",
                      .default_value = default_of("adamw"),
                      .choices = {"adamw"},
                      .doc = "`adamw`: Adam with decoupled weight decay."},
                     {.name = "lr",
                      .type = FieldType::kFloat,
                      .default_value = default_of(1e-3),
                      .minimum = 0,
                      .above_minimum = true,
                      .doc = "Peak learning rate."},
                     {.name = "betas",
                      .type = FieldType::kList,
                      .default_value = ConfigTree::list({default_of(0.9), default_of(0.95)},
                                                        Place::in("default")),
                      .length = 2,
                      .doc = "Decay of the first and of the second moment.",
                      .element = each(beta)},
                     {.name = "eps",
                      .type = FieldType::kFloat,
                      .default_value = default_of(1e-8),
                      .minimum = 0,
                      .above_minimum = true,
                      .doc = "Added to the root of the second moment."},
                     {.name = "weight_decay",
                      .type = FieldType::kFloat,
                      .default_value = default_of(0.1),
                      .minimum = 0,
                      .doc = "Applied to matrices, not to norms and biases."},
                     {.name = "clip",
                      .type = FieldType::kFloat,
                      .default_value = default_of(1.0),
                      .minimum = 0,
                      .doc = "Largest norm of all gradients together; 0 turns clipping off."}}};
}

Field schedule_section() {
  return {.name = "schedule",
          .type = FieldType::kSection,
          .doc = "The learning rate over the run.",
          .fields = {{.name = "kind",
                      .default_value = default_of("constant"),
                      .choices = {"constant", "linear", "cosine"},
                      .doc = "The course after warm-up."},
                     {.name = "warmup",
                      .type = FieldType::kInt,
                      .default_value = default_of(0),
                      .minimum = 0,
                      .maximum = kMostSteps,
                      .unit = "steps",
                      .doc = "Linear rise from 0 to `optimizer.lr`."},
                     {.name = "min_ratio",
                      .type = FieldType::kFloat,
                      .minimum = 0,
                      .maximum = 1,
                      .doc = "Learning rate at the last step as a share of `optimizer.lr`; 0.1 "
                             "unless given. Not with `kind: constant`."}}};
}

Field lora_section() {
  const Field target = {.non_empty = true};
  return {.name = "lora",
          .type = FieldType::kSection,
          .doc =
              "Train a low-rank adapter (LoRA) beside the weights in `model.path`, which stay as "
              "they are, instead of the weights themselves.",
          .fields = {{.name = "rank",
                      .type = FieldType::kInt,
                      .default_value = default_of(8),
                      .minimum = 1,
                      .maximum = 65536,
                      .doc = "Width of the adapter."},
                     {.name = "alpha",
                      .type = FieldType::kFloat,
                      .default_value = default_of(16.0),
                      .minimum = 0,
                      .above_minimum = true,
                      .doc = "The adapter's part of a layer's output is scaled by alpha / rank."},
                     {.name = "dropout",
                      .type = FieldType::kFloat,
                      .default_value = default_of(0.0),
                      .minimum = 0,
                      .maximum = 1,
                      .below_maximum = true,
                      .doc = "Rate of dropout before the adapter."},
                     {.name = "targets",
                      .type = FieldType::kList,
                      .default_value = ConfigTree::list({default_of("*")}, Place::in("default")),
                      .doc = "Patterns of the linear layers to adapt, with `*`, `?` and `[]`, for "
                             "instance `*.q_proj`; `*` adapts all of them.",
                      .element = each(target)},
                     {.name = "merge",
                      .type = FieldType::kBool,
                      .default_value = default_of(false),
                      .doc = "At the end, also write the adapted model as a whole to "
                             "`checkpoint.folder`/merged."}}};
}

Field train_section() {
  return {.name = "train",
          .type = FieldType::kSection,
          .doc = "The length of the run and the size of a step.",
          .fields = {{.name = "steps",
                      .type = FieldType::kInt,
                      .required = true,
                      .minimum = 1,
                      .maximum = kMostSteps,
                      .doc = "Optimizer steps of the whole run, those before a resume included."},
                     {.name = "batch",
                      .type = FieldType::kInt,
                      .required = true,
                      .minimum = 1,
                      .maximum = kMostSequences,
                      .unit = "sequences",
                      .doc = "Size of a micro-batch. A step sees `batch` times `accumulate` "
                             "sequences."},
                     {.name = "accumulate",
                      .type = FieldType::kInt,
                      .default_value = default_of(1),
                      .minimum = 1,
                      .maximum = kMostSequences,
                      .unit = "micro-batches",
                      .doc = "Micro-batches whose gradients are summed into one step."},
                     {.name = "recompute",
                      .type = FieldType::kBool,
                      .default_value = default_of(false),
                      .doc = "Compute activations again in the backward pass instead of keeping "
                             "them: less memory, more time."},
                     {.name = "stochastic_rounding",
                      .type = FieldType::kBool,
                      .default_value = default_of(false),
                      .doc = "Round weights to bfloat16 up or down at random, right in the mean, "
                             "instead of to the nearest. Only with `backend.compute: bfloat16`."},
                     loss_scale_section()}};
}

Field evaluate_section() {
  return {
      .name = "evaluate",
      .type = FieldType::kSection,
      .doc = "Loss, perplexity and bits per byte on the validation data; accuracy on questions.",
      .fields = {
          {.name = "every",
           .type = FieldType::kInt,
           .minimum = 1,
           .maximum = kMostSteps,
           .unit = "steps",
           .doc = "How often during training, and once at the end. `kind: train` needs "
                  "it; `kind: evaluate` has no use for it."},
          {.name = "batches",
           .type = FieldType::kInt,
           .default_value = default_of(20),
           .minimum = 0,
           .maximum = kMostSteps,
           .doc = "Batches in one evaluation; 0 takes all of the validation data."},
          {.name = "stride",
           .type = FieldType::kInt,
           .minimum = 1,
           .maximum = kMostTokens,
           .unit = "tokens",
           .doc = "Score each document on its own, in windows of `dataset.sequence` "
                  "tokens that end so many tokens apart. Unless given, documents are "
                  "packed as in training. Only with `kind: evaluate`."},
          {.name = "tasks",
           .non_empty = true,
           .doc = "Questions to answer: JSON lines `{\"context\": …, \"choices\": […], "
                  "\"label\": 0}` or `{\"context\": …, \"answer\": …}`. Only with `kind: "
                  "evaluate`, where it may stand in place of `dataset`.",
           .path = PathUse::kRead},
          {.name = "delimiter",
           .default_value = default_of(" "),
           .doc = "Text between a question and its answer."},
          {.name = "unconditional",
           .type = FieldType::kBool,
           .default_value = default_of(false),
           .doc = "Compare choices also by how much likelier the question makes "
                  "them (`acc_mutual_info`)."},
          {.name = "answers",
           .non_empty = true,
           .doc = "Where the model's answer for each record goes, a line of JSON each, for "
                  "tasks over records: a class with the probabilities of all, the classes "
                  "of words, an answer's text. The records need no labels then. With `prompts`, "
                  "each text with its scores. Only with `kind: evaluate`.",
           .path = PathUse::kWrite},
          {.name = "prompts",
           .non_empty = true,
           .doc = "Prompts to answer, with what the answers should be like: JSON lines "
                  "`{\"prompt\": …, \"references\": [\"…\"]}`, or `{\"messages\": […]}` for the "
                  "model's chat template, of which the last is the assistant's answer. Only with "
                  "`kind: evaluate`, where it may stand in place of `dataset`.",
           .path = PathUse::kRead},
          max_tokens_field("Longest answer to a prompt."),
          stop_field("Texts that end an answer to a prompt; they are not part of it."),
          {.name = "bleu_tokenizer",
           .default_value = default_of("13a"),
           .choices = {"13a", "zh"},
           .doc = "What BLEU takes for words; `zh`: each Chinese character."},
          // Last, because its default is filled in last.
          {.name = "batch",
           .type = FieldType::kInt,
           .minimum = 1,
           .maximum = kMostSequences,
           .unit = "sequences",
           .doc = "Size of a batch; `train.batch` unless given, or 8 with `kind: "
                  "evaluate`."}}};
}

Field checkpoint_section() {
  return {.name = "checkpoint",
          .type = FieldType::kSection,
          .doc = "Where the run keeps its results.",
          .fields = {{.name = "folder",
                      .required = true,
                      .non_empty = true,
                      .doc = "Folder of the run: checkpoints, metrics, the resolved pipeline.",
                      .path = PathUse::kWrite},
                     {.name = "every",
                      .type = FieldType::kInt,
                      .default_value = default_of(1000),
                      .minimum = 1,
                      .maximum = kMostSteps,
                      .unit = "steps",
                      .doc = "How often, and once at the end."},
                     {.name = "keep",
                      .type = FieldType::kInt,
                      .default_value = default_of(3),
                      .minimum = 1,
                      .maximum = 1e6,
                      .unit = "checkpoints",
                      .doc = "The newest ones that stay; older ones are removed."},
                     {.name = "resume",
                      .default_value = default_of("auto"),
                      .choices = {"auto", "never"},
                      .doc = "`auto` continues from the newest checkpoint in the folder, if there "
                             "is one; `never` starts at step 0."}}};
}

}  // namespace lmos
