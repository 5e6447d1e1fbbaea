// A validated pipeline as plain values: what training, generation and evaluation are told to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llmasos/types.h"
#include "pipeline/config_tree.h"

namespace lmos {

enum class PipelineKind { kTrain, kGenerate, kEvaluate };

// How matrices are held while a model generates.
enum class WeightStorage { kCompute, kCompact, kInt8, kFloat8 };

enum class ScheduleKind { kConstant, kLinear, kCosine };

enum class ResumeMode {
  kAuto,   // from the newest checkpoint in the folder, if there is one
  kNever,  // from step 0; a folder that holds checkpoints is an error for the trainer to raise
};

// In each section with a plugin, `options` is the resolved section of the file: the tree to hand to
// the plugin.

struct BackendSection {
  std::string plugin;
  lmos_dtype compute = LMOS_F32;  // of products and activations; weights are trained in float32
  int64_t threads = 0;            // 0: one a core
  int64_t device = 0;             // ordinal
  bool strict = false;            // refuse to run an op elsewhere than on this backend
  ConfigTree options;
};

// Either `path` is set, or `train_options`.
struct TokenizerSection {
  std::string plugin;  // empty: find the plugin that opens `path`
  std::string path;    // a tokenizer.json, or a folder with one; empty: learn a new one
  std::optional<ConfigTree> train_options;  // the resolved `tokenizer.train`
};

// Which stretches of the text a step reads.
enum class SamplingKind {
  kEpochs,         // every sequence once an epoch, in an order that each epoch shuffles anew
  kRandomWindows,  // each from a random token on
};

struct DatasetSection {
  std::string plugin;
  int64_t sequence = 0;  // tokens; 0 in an evaluation: as many as the model reads
  SamplingKind sampling = SamplingKind::kEpochs;
  bool isolate_documents = false;  // tokens attend to their own document only
  ConfigTree options;
};

// What the model learns. Keys that the kind does not use have their defaults.
struct TaskSection {
  std::string kind = "causal_lm";
  std::vector<std::string> prompt, completion;  // templates over the fields of a record
  std::string messages;                         // the field of a conversation
  std::string chat_template;                    // a file; empty: the model's own
  double masking = 0.15;                        // share of the tokens that are to be told
  bool whole_words = false;                     // mask all pieces of a word together
  // Fields of a record; second_text may be empty.
  std::string text, second_text, label, words, tags, question, context, answers;
  int64_t classes = 0;              // 0: as `labels`, or the model, say
  std::vector<std::string> labels;  // names of the classes; none: the model's
  int64_t stride = 0;               // tokens that windows over a long context share
  int64_t answer_tokens = 0;        // the longest answer
  bool unanswerable = false;        // there are questions without an answer
};

struct ModelSection {
  std::string plugin;   // empty: the one that reads the config.json in `path`
  std::string path;     // a Hugging Face folder; empty: a new model from `options`
  std::string adapter;  // a LoRA adapter in PEFT's files; empty: none
  WeightStorage weights = WeightStorage::kCompute;
  ConfigTree options;
};

struct StrategySection {
  std::string plugin;
};

struct OptimizerSection {
  std::string kind;
  double lr = 0;  // the peak; the schedule scales it
  double beta1 = 0, beta2 = 0;
  double eps = 0;
  double weight_decay = 0;
  double clip = 0;  // largest norm of all gradients together; 0: no clipping
};

struct ScheduleSection {
  ScheduleKind kind = ScheduleKind::kConstant;
  int64_t warmup = 0;    // steps
  double min_ratio = 1;  // learning rate at the last step over `lr`; 1 for a constant schedule
};

// Low-rank adaptation of a model that exists: its weights stay as they are.
struct LoraSection {
  int64_t rank = 0;
  double alpha = 0;  // what is added is scaled by alpha / rank
  double dropout = 0;
  std::vector<std::string> targets;  // patterns of module names
  bool merge = false;                // also write the adapted model as a whole, at the end
};

// How float16 gradients are kept from vanishing: a step whose gradients overflow is left out.
struct LossScaleSection {
  double initial = 65536;
  double growth = 2;        // of the scale after `interval` steps in a row that were not left out
  double backoff = 0.5;     // of the scale after a step that was
  int64_t interval = 2000;  // steps
  double minimum = 1e-4;    // below it the run ends
};

struct TrainSection {
  int64_t steps = 0;
  int64_t batch = 0;                 // sequences in a micro-batch
  int64_t accumulate = 0;            // micro-batches in a step
  bool recompute = false;            // activations, block by block
  LossScaleSection loss_scale;       // of compute float16 alone
  bool stochastic_rounding = false;  // of float32 weights to bfloat16
};

struct EvaluateSection {
  int64_t every = 0;    // training steps; 0 when the pipeline only evaluates
  int64_t batches = 0;  // 0: all of the validation data
  int64_t batch = 0;    // sequences in a batch
  // Of a pipeline that only evaluates:
  int64_t stride = 0;          // tokens; 0: packed sequences, as training evaluates
  std::string tasks;           // JSON lines of questions; empty: none
  std::string delimiter;       // between a question and its answer
  bool unconditional = false;  // compare choices also with their own likelihood
  std::string answers;         // where an answer for each record goes, JSON lines; empty: nowhere
  std::string prompts;         // JSON lines of prompts with references; empty: none
  int64_t max_tokens = 0;      // that the model writes after a prompt
  std::vector<std::string> stop;  // ends before the first of these
  std::string bleu_tokenizer;     // "13a" or "zh"
};

struct CheckpointSection {
  std::string folder;
  int64_t every = 0;  // training steps
  int64_t keep = 0;   // checkpoints
  ResumeMode resume = ResumeMode::kAuto;
};

// Exactly one of `prompt` and `prompts` is set; `output` goes with `prompts`.
struct GenerateSection {
  std::optional<std::string> prompt;
  std::string prompts;  // JSON lines to read
  std::string output;   // JSON lines to write
  int64_t max_tokens = 0;
  double temperature = 0;  // 0: greedy
  int64_t top_k = 0;       // 0: off
  double top_p = 1;        // 1: off
  double min_p = 0;        // 0: off
  double repetition_penalty = 1;
  double frequency_penalty = 0;
  double presence_penalty = 0;
  int64_t seed = 0;
  std::vector<std::string> stop;
  int64_t count = 1;  // continuations of each prompt
};

// Sections that the kind does not use, or that the file left out, are absent.
struct Pipeline {
  PipelineKind kind = PipelineKind::kTrain;
  int64_t seed = 0;
  BackendSection backend;
  std::optional<TokenizerSection> tokenizer;  // absent: the one in model.path
  std::optional<DatasetSection> dataset;
  TaskSection task;
  ModelSection model;
  StrategySection strategy;
  std::optional<LoraSection> lora;  // absent: all weights are trained
  std::optional<OptimizerSection> optimizer;
  std::optional<ScheduleSection> schedule;
  std::optional<TrainSection> train;
  std::optional<EvaluateSection> evaluate;
  std::optional<CheckpointSection> checkpoint;
  std::optional<GenerateSection> generate;
  ConfigTree resolved;  // all of it as a tree, for write_yaml beside the results
};

// "train", "generate", "evaluate".
std::string kind_text(PipelineKind kind);

}  // namespace lmos
