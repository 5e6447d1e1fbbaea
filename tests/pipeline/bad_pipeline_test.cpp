// Each wrong pipeline file is answered with exactly these places, reasons and hints.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "errors/error.h"
#include "pipeline/load_pipeline.h"
#include "pipeline/plugins_for_test.h"
#include "pipeline/yaml_reader.h"

namespace lmos {
namespace {

// A valid file in which `line` (from 1) of kTrainYaml is replaced.
std::string train_with(int line, const std::string& replacement) {
  std::string result, text = kTrainYaml;
  int number = 1;
  for (size_t start = 0; start < text.size(); ++number) {
    const size_t end = text.find('\n', start);
    result += number == line ? replacement : text.substr(start, end - start);
    result += "\n";
    start = end + 1;
  }
  return result;
}

std::string error_of(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
  try {
    make_pipeline(parse_yaml(yaml, Place::in("p.yaml")), overrides, schemas_for_test());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfiguration);
    return error.what();
  }
  return "accepted";
}

struct BadFile {
  const char* name;
  std::string yaml;
  std::string message;
};

class BadPipeline : public testing::TestWithParam<BadFile> {};

TEST_P(BadPipeline, IsRefusedWithItsPlaceAndAHint) {
  EXPECT_EQ(error_of(GetParam().yaml), GetParam().message);
}

const char kGenerateHead[] = "version: 1\nkind: generate\nmodel: {path: runs/demo}\n";

const std::vector<BadFile> kBadFiles = {
    {"unknown_key", train_with(11, "train: {stepz: 10, steps: 1000, batch: 1}"),
     "p.yaml:11:9: train.stepz: unknown key; did you mean 'steps'? (valid keys: steps, batch, "
     "accumulate, recompute, stochastic_rounding, loss_scale)"},
    {"unknown_key_far_from_all", train_with(11, "train: {steps: 100, batch: 1, zebra: 1}"),
     "p.yaml:11:31: train.zebra: unknown key (valid keys: steps, batch, accumulate, recompute, "
     "stochastic_rounding, "
     "loss_scale)"},
    {"key_of_another_section", train_with(11, "train: {steps: 100, batch: 1, lr: 0.1}"),
     "p.yaml:11:31: train.lr: unknown key; did you mean 'optimizer.lr'? (valid keys: steps, batch, "
     "accumulate, recompute, stochastic_rounding, loss_scale)"},
    {"top_level_key_in_wrong_place", train_with(3, "steps: 7"),
     "p.yaml:3:1: steps: unknown key; did you mean 'train.steps'? (valid keys: version, kind, "
     "seed, "
     "backend, tokenizer, dataset, task, model, strategy, lora, optimizer, schedule, train, "
     "evaluate, "
     "checkpoint, "
     "generate)"},
    {"missing_required_key", train_with(11, "train: {batch: 1}"),
     "p.yaml:11:1: train.steps: is required but missing"},
    {"missing_required_section", train_with(13, ""),
     "p.yaml:1:1: checkpoint: is required but missing"},
    {"string_for_integer", train_with(11, "train: {steps: many, batch: 1}"),
     "p.yaml:11:16: train.steps: expected an integer, found string 'many'"},
    {"fraction_for_integer", train_with(11, "train: {steps: 1.5, batch: 1}"),
     "p.yaml:11:16: train.steps: expected an integer, found number 1.5"},
    {"yes_for_true", train_with(11, "train: {steps: 100, batch: 1, recompute: yes}"),
     "p.yaml:11:42: train.recompute: expected true or false, found string 'yes'"},
    {"quoted_number", train_with(9, "optimizer: {lr: '1e-3'}"),
     "p.yaml:9:17: optimizer.lr: expected a number, found string '1e-3'"},
    {"number_for_string", train_with(13, "checkpoint: {folder: 2024}"),
     "p.yaml:13:22: checkpoint.folder: expected a string, found integer 2024; put it in quotes if "
     "it "
     "is meant as text"},
    {"empty_string", train_with(13, "checkpoint: {folder: ''}"),
     "p.yaml:13:22: checkpoint.folder: must not be empty"},
    {"list_for_section", train_with(11, "train: [1, 2]"),
     "p.yaml:11:8: train: expected a section of keys and values, found list of 2"},
    {"below_range", train_with(11, "train: {steps: 0, batch: 1}"),
     "p.yaml:11:16: train.steps: integer 0 is out of range (between 1 and 1000000000000)"},
    {"at_excluded_bound", train_with(9, "optimizer: {lr: 0}"),
     "p.yaml:9:17: optimizer.lr: integer 0 is out of range (greater than 0)"},
    {"infinite", train_with(9, "optimizer: {lr: .inf}"),
     "p.yaml:9:17: optimizer.lr: expected a finite number, found number .inf"},
    {"not_a_number", train_with(9, "optimizer: {clip: .nan}"),
     "p.yaml:9:19: optimizer.clip: expected a finite number, found number .nan"},
    {"wrong_choice", train_with(10, "schedule: {kind: cosin}"),
     "p.yaml:10:18: schedule.kind: 'cosin' is none of the choices; did you mean 'cosine'? "
     "(choices: "
     "constant, linear, cosine)"},
    {"other_version", train_with(1, "version: 2"),
     "p.yaml:1:10: version: integer 2 is out of range (only 1)"},
    {"unknown_kind", train_with(2, "kind: trian"),
     "p.yaml:2:7: kind: 'trian' is none of the choices; did you mean 'train'? (choices: train, "
     "generate, evaluate)"},
    {"list_too_short", train_with(9, "optimizer: {betas: [0.9]}"),
     "p.yaml:9:20: optimizer.betas: expected a list of 2, found list of 1"},
    {"element_out_of_range", train_with(9, "optimizer: {betas: [0.9, 1.0]}"),
     "p.yaml:9:26: optimizer.betas.1: number 1.0 is out of range (at least 0 and less than 1)"},
    {"no_value", train_with(11, "train: {steps: , batch: 1}"),
     "p.yaml:11:9: train.steps: has no value; give it one or remove the key"},
    {"unknown_plugin", train_with(7, "model: {plugin: lama, layers: 2}"),
     "p.yaml:7:17: model.plugin: no plugin 'lama' offers lmos.model/1; did you mean 'llama'? "
     "(known: "
     "gpt2, llama)"},
    {"missing_plugin", train_with(6, "dataset: {path: corpus.txt, sequence: 8}"),
     "p.yaml:6:1: dataset.plugin: is required but missing"},
    {"unknown_key_of_plugin",
     train_with(7, "model: {plugin: llama, layers: 2, embed: 8, heads: 2, mpl: 8, mlp: 8}"),
     "p.yaml:7:55: model.mpl: unknown key; did you mean 'mlp'? (valid keys: plugin, path, layers, "
     "embed, heads, kv_heads, mlp, rope_theta, rope_scaling)"},
    {"missing_key_of_plugin", train_with(7, "model: {plugin: llama, embed: 8, heads: 2, mlp: 8}"),
     "p.yaml:7:1: model.layers: is required but missing"},
    {"nested_section_of_plugin",
     train_with(7,
                "model: {plugin: llama, layers: 2, embed: 8, heads: 2, mlp: 8,\n"
                "        rope_scaling: {type: yarn, factor: 2}}"),
     "p.yaml:8:30: model.rope_scaling.type: 'yarn' is none of the choices (choices: linear, "
     "llama3)"},
    {"tokenizer_option_of_plugin", train_with(5, "tokenizer: {plugin: bpe, train: {vocab: 100}}"),
     "p.yaml:5:26: tokenizer.train.vocab_size: is required but missing\n"
     "p.yaml:5:34: tokenizer.train.vocab: unknown key (valid keys: vocab_size, special_tokens)"},
    {"model_neither_new_nor_existing", train_with(7, "model: {}"),
     "p.yaml:7:1: model: needs 'plugin' with its dimensions for a new model, or 'path' for an "
     "existing one"},
    {"dimensions_of_existing_model",
     "version: 1\nkind: generate\ngenerate: {prompt: a}\n"
     "model: {plugin: llama, path: runs/demo, layers: 3}\n",
     "p.yaml:4:41: model.layers: cannot be combined with 'path'"},
    {"tokenizer_missing", train_with(5, ""),
     "p.yaml:1:1: tokenizer: is required but missing (only with model.path it may be, which brings "
     "its own)"},
    {"tokenizer_both_ways",
     train_with(5, "tokenizer: {plugin: bpe, path: t.json, train: {vocab_size: 9}}"),
     "p.yaml:5:32: tokenizer.path: cannot be combined with 'train': either load a tokenizer or "
     "learn "
     "one"},
    {"tokenizer_no_way", train_with(5, "tokenizer: {plugin: bpe}"),
     "p.yaml:5:1: tokenizer: needs 'path' to load a tokenizer, or 'train' to learn one"},
    {"tokenizer_learned_without_plugin", train_with(5, "tokenizer: {train: {vocab_size: 9}}"),
     "p.yaml:5:1: tokenizer: needs 'plugin': which kind of tokenizer to learn"},
    {"warmup_longer_than_run", train_with(10, "schedule: {kind: cosine, warmup: 3000}"),
     "p.yaml:10:34: schedule.warmup: 3000 steps of warm-up do not fit into 2000 steps of training "
     "(train.steps)"},
    {"min_ratio_of_constant", train_with(10, "schedule: {min_ratio: 0.5}"),
     "p.yaml:10:23: schedule.min_ratio: has no meaning with kind: constant; use linear or cosine"},
    {"evaluation_never", train_with(12, "evaluate: {batches: 3}"),
     "p.yaml:12:1: evaluate.every: is required but missing"},
    {"evaluation_of_another_kind", train_with(12, "evaluate: {every: 5, prompts: a.jsonl}"),
     "p.yaml:12:22: evaluate.prompts: applies to kind: evaluate only"},
    {"section_of_another_kind",
     std::string(kGenerateHead) + "generate: {prompt: a}\noptimizer: {lr: 1}\n",
     "p.yaml:5:1: optimizer: does not apply to kind: generate"},
    {"nothing_to_generate", std::string(kGenerateHead) + "generate: {max_tokens: 3}\n",
     "p.yaml:4:1: generate: needs 'prompt', or 'prompts' and 'output' for files"},
    {"two_sources_of_prompts",
     std::string(kGenerateHead) + "generate: {prompt: a, prompts: b.jsonl, output: c.jsonl}\n",
     "p.yaml:4:32: generate.prompts: cannot be combined with 'prompt': give one of them"},
    {"prompts_without_output", std::string(kGenerateHead) + "generate: {prompts: b.jsonl}\n",
     "p.yaml:4:21: generate.prompts: needs 'output', the file to write"},
    {"empty_stop", std::string(kGenerateHead) + "generate: {prompt: a, stop: [x, '']}\n",
     "p.yaml:4:33: generate.stop.1: must not be empty"},
    {"several_problems_in_the_order_of_the_file",
     "kind: generate\nmodel: {path: 3}\ngenerate: {prompt: a, top_k: -1, tempera: 2}\nseeds: 1\n",
     "p.yaml:1:1: version: is required but missing\n"
     "p.yaml:2:15: model.path: expected a string, found integer 3; put it in quotes if it is meant "
     "as "
     "text\n"
     "p.yaml:3:30: generate.top_k: integer -1 is out of range (between 0 and 16777216)\n"
     "p.yaml:3:34: generate.tempera: unknown key (valid keys: prompt, prompts, output, max_tokens, "
     "temperature, top_k, top_p, min_p, repetition_penalty, frequency_penalty, presence_penalty, "
     "stop, count, seed)\n"
     "p.yaml:4:1: seeds: unknown key; did you mean 'seed'? (valid keys: version, kind, seed, "
     "backend, "
     "tokenizer, model, strategy, generate)"},
    {"columns_count_characters",
     train_with(13, "checkpoint: {folder: \"\u00e4\u00f6\u00fc\", kep: 1}"),
     "p.yaml:13:29: checkpoint.kep: unknown key; did you mean 'keep'? (valid keys: folder, every, "
     "keep, resume)"},
    {"empty_file", "# nothing\n", "p.yaml:1:1: the configuration is empty"},
    {"no_section", "- a\n- b\n",
     "p.yaml:1:1: expected a section of keys and values, found list of 2"},
};

INSTANTIATE_TEST_SUITE_P(Table, BadPipeline, testing::ValuesIn(kBadFiles),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(BadPipelineOverride, IsPlacedAtSet) {
  EXPECT_EQ(error_of(kTrainYaml, {"train.stepz=3"}),
            "--set: train.stepz: unknown key; did you mean 'steps'? (valid keys: steps, batch, "
            "accumulate, recompute, stochastic_rounding, loss_scale)");
  EXPECT_EQ(error_of(kTrainYaml, {"optimizer.betas=[0.9, 0.9]", "optimizer.betas.1=2"}),
            "--set: optimizer.betas.1: integer 2 is out of range (at least 0 and less than 1)");
  EXPECT_EQ(
      error_of(kTrainYaml, {"optimizr.lr=2"}),
      "--set: optimizr: unknown key; did you mean 'optimizer'? (valid keys: version, kind, seed, "
      "backend, tokenizer, dataset, task, model, strategy, lora, optimizer, schedule, train, "
      "evaluate, "
      "checkpoint, generate)");
}

TEST(BadPipelineManyProblems, AreCutWithTheirNumber) {
  std::string yaml = kTrainYaml;
  for (int i = 0; i < 60; ++i) yaml += "unknown_" + std::to_string(i) + ": 1\n";
  const std::string message = error_of(yaml);
  EXPECT_NE(message.find("unknown_49: unknown key"), std::string::npos);
  EXPECT_EQ(message.find("unknown_50: unknown key"), std::string::npos);
  EXPECT_TRUE(message.ends_with("\nand 10 more problems")) << message;
}

}  // namespace
}  // namespace lmos
