#include "pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "errors/error.h"
#include "pipeline/load_pipeline.h"
#include "pipeline/plugins_for_test.h"
#include "pipeline/yaml_reader.h"
#include "pipeline/yaml_writer.h"

namespace lmos {
namespace {

Pipeline load(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
  return make_pipeline(parse_yaml(yaml, Place::in("p.yaml")), overrides, schemas_for_test());
}

TEST(Pipeline, OfKindTrainHoldsWhatTheFileSays) {
  const Pipeline pipeline = load(kTrainYaml);
  EXPECT_EQ(pipeline.kind, PipelineKind::kTrain);
  EXPECT_EQ(pipeline.seed, 1337);
  EXPECT_EQ(pipeline.backend.plugin, "cpu");
  EXPECT_EQ(pipeline.backend.compute, LMOS_BF16);
  EXPECT_EQ(pipeline.tokenizer->plugin, "bpe");
  EXPECT_EQ(pipeline.tokenizer->path, "");
  EXPECT_EQ(pipeline.tokenizer->train_options->find("vocab_size")->as_int(), 4096);
  EXPECT_EQ(pipeline.dataset->sequence, 256);
  EXPECT_EQ(pipeline.dataset->options.find("path")->as_string(), "corpus.txt");
  EXPECT_EQ(pipeline.model.plugin, "llama");
  EXPECT_EQ(pipeline.model.options.find("kv_heads")->as_int(), 6);
  EXPECT_EQ(pipeline.strategy.plugin, "single");
  EXPECT_EQ(pipeline.optimizer->lr, 1e-3);
  EXPECT_EQ(pipeline.optimizer->clip, 1.0);
  EXPECT_EQ(pipeline.schedule->kind, ScheduleKind::kCosine);
  EXPECT_EQ(pipeline.schedule->warmup, 100);
  EXPECT_EQ(pipeline.train->steps, 2000);
  EXPECT_EQ(pipeline.train->batch, 32);
  EXPECT_EQ(pipeline.evaluate->every, 200);
  EXPECT_EQ(pipeline.checkpoint->folder, "runs/demo");
  EXPECT_EQ(pipeline.checkpoint->keep, 3);
  EXPECT_EQ(*pipeline.generate->prompt, "Once upon a time");
  EXPECT_EQ(pipeline.generate->stop, std::vector<std::string>{"\n\n"});
}

TEST(Pipeline, CompletesDefaultsOfHostAndPlugins) {
  const Pipeline pipeline = load(R"(
version: 1
kind: train
tokenizer: {path: tokenizer.json}
dataset: {plugin: text, path: corpus.txt, sequence: 8}
model: {plugin: llama, layers: 1, embed: 8, heads: 2, mlp: 16}
train: {steps: 10, batch: 4}
evaluate: {every: 5}
checkpoint: {folder: runs/x}
generate: {prompt: ""}
)");
  EXPECT_EQ(pipeline.backend.plugin, "cpu");
  EXPECT_EQ(pipeline.backend.compute, LMOS_F32);
  EXPECT_FALSE(pipeline.backend.strict);
  EXPECT_EQ(pipeline.model.options.find("rope_theta")->as_double(), 10000.0);
  EXPECT_EQ(pipeline.model.options.find("rope_theta")->kind(), ConfigKind::kFloat);
  EXPECT_EQ(pipeline.model.options.find("rope_scaling"), nullptr);
  EXPECT_EQ(pipeline.optimizer->kind, "adamw");
  EXPECT_EQ(pipeline.optimizer->beta1, 0.9);
  EXPECT_EQ(pipeline.optimizer->beta2, 0.95);
  EXPECT_EQ(pipeline.schedule->kind, ScheduleKind::kConstant);
  EXPECT_EQ(pipeline.schedule->min_ratio, 1.0);
  EXPECT_EQ(pipeline.train->accumulate, 1);
  EXPECT_EQ(pipeline.evaluate->batch, 4);
  EXPECT_EQ(pipeline.checkpoint->resume, ResumeMode::kAuto);
  EXPECT_EQ(*pipeline.generate->prompt, "");
  EXPECT_EQ(pipeline.generate->temperature, 1.0);
}

TEST(Pipeline, LeavesOutWhatTheKindDoesNotUse) {
  const Pipeline pipeline = load(
      "version: 1\nkind: generate\nseed: 7\nmodel: {path: m}\n"
      "generate: {prompts: in.jsonl, output: out.jsonl}\n");
  EXPECT_EQ(pipeline.model.plugin, "");
  EXPECT_EQ(pipeline.model.path, "m");
  EXPECT_FALSE(pipeline.tokenizer || pipeline.dataset || pipeline.optimizer || pipeline.schedule ||
               pipeline.train || pipeline.evaluate || pipeline.checkpoint);
  EXPECT_EQ(pipeline.generate->seed, 7);
  EXPECT_FALSE(pipeline.generate->prompt);
  EXPECT_EQ(pipeline.generate->output, "out.jsonl");
}

TEST(Pipeline, OfKindEvaluateNeedsModelAndData) {
  const Pipeline pipeline = load(
      "version: 1\nkind: evaluate\nmodel: {path: m}\n"
      "dataset: {plugin: text, path: t.txt, sequence: 64}\nevaluate:\n");
  EXPECT_EQ(pipeline.evaluate->every, 0);
  EXPECT_EQ(pipeline.evaluate->batches, 20);
  EXPECT_EQ(pipeline.evaluate->batch, 8);
}

TEST(Pipeline, ResolvedYamlLoadsToAnEqualPipeline) {
  for (const std::string& yaml :
       {std::string(kTrainYaml),
        std::string("version: 1\nkind: generate\nmodel: {plugin: llama, path: m}\n"
                    "generate: {prompt: \"a: 'b' \\\"c\\\" # \\t \u00e4\", stop: [null-ish, "
                    "'true', \"1\"]}\n"),
        std::string("version: 1\nkind: evaluate\nmodel: {path: m}\n"
                    "dataset: {plugin: text, path: t.txt, sequence: 64}\n")}) {
    const Pipeline once = load(yaml);
    const std::string written = write_yaml(once.resolved);
    const Pipeline twice = load(written);
    EXPECT_TRUE(once.resolved == twice.resolved) << written << "\n" << write_yaml(twice.resolved);
  }
}

TEST(Pipeline, OverridesComeAfterTheFileInTheirOrder) {
  const Pipeline pipeline =
      load(kTrainYaml, {"train.steps=5", "train.steps=500", "optimizer.betas=[0.8, 0.9]",
                        "optimizer.betas.1=0.99", "model.rope_scaling.type=llama3",
                        "model.rope_scaling.factor=8", "backend.compute=f32", "seed=3"});
  EXPECT_EQ(pipeline.train->steps, 500);
  EXPECT_EQ(pipeline.optimizer->beta1, 0.8);
  EXPECT_EQ(pipeline.optimizer->beta2, 0.99);
  EXPECT_EQ(pipeline.model.options.find_path("rope_scaling.factor")->as_double(), 8.0);
  EXPECT_EQ(pipeline.backend.compute, LMOS_F32);
  EXPECT_EQ(pipeline.seed, 3);
}

TEST(Pipeline, LoadsFromAFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "llmasos_pipeline_test.yaml";
  std::ofstream(path) << kTrainYaml;
  EXPECT_EQ(load_pipeline(path, {"train.batch=2"}, schemas_for_test()).train->batch, 2);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace lmos
