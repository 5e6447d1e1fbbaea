// What a training run promises its user: it learns, it stops and goes on, and it survives being
// killed.
#include <gtest/gtest.h>
#include <signal.h>

#include <cmath>
#include <limits>
#include <map>
#include <sstream>

#include "end_to_end/program.h"
#include "end_to_end/training_run.h"
#include "errors/error.h"
#include "formats/json_text.h"

namespace lmos::test {
namespace {

// A pipeline that takes a second: 30 steps, with a checkpoint every 5.
std::string pipeline(const TemporaryFolder& folder, const std::string& extra = {}) {
  return "version: 1\nkind: train\nseed: 5\n"
         "backend: {plugin: cpu, compute: float32, threads: 2}\n"
         "tokenizer: {plugin: bpe, train: {vocab_size: 300}}\n"
         "dataset: {plugin: text, path: " +
         (folder / "text.txt").string() +
         ", validation_fraction: 0.1, sequence: 32}\n"
         "model: {plugin: llama, layers: 2, embed: 32, heads: 4, kv_heads: 2, mlp: 64, tied: true, "
         "dropout: 0.1}\n"
         "optimizer: {lr: 3.0e-3}\nschedule: {kind: cosine, warmup: 5}\n"
         "train: {steps: 30, batch: 4, accumulate: 2}\n"
         "evaluate: {every: 15, batches: 4}\n" +
         extra;
}

std::string in_float16(const TemporaryFolder& folder, const std::string& loss_scale) {
  std::string text = pipeline(folder);
  const auto replace = [&](const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
  };
  replace("compute: float32", "compute: float16");
  replace("accumulate: 2}", "accumulate: 2, loss_scale: " + loss_scale + "}");
  return text;
}

struct LoggedScale {
  double scale;
  int64_t skipped;  // steps so far
  bool operator==(const LoggedScale&) const = default;
};

// Of each step; none of a run without.
std::map<int64_t, LoggedScale> loss_scales(const std::string& run) {
  std::map<int64_t, LoggedScale> result;
  std::istringstream lines(read_text(run + "/metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const Json json = parse_json(line, "metrics.jsonl");
    if (const Json* scale = json.find("loss_scale"))
      result[json.at("step", "").as_int64("")] = {scale->as_double(""),
                                                  json.at("skipped_steps", "").as_int64("")};
  }
  return result;
}

class Training : public testing::Test {
 protected:
  Training() { write_text(folder_ / "text.txt", sentences(20000)); }
  TemporaryFolder folder_;
};

TEST_F(Training, LearnsAndWritesEverythingItPromises) {
  const RunPaths run = prepare(folder_, "run", pipeline(folder_));
  const Outcome outcome = llmasos({"train", run.file});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto steps = losses(run.folder);
  ASSERT_EQ(steps.size(), 30u);
  EXPECT_LT(std::stod(steps.at(30)), 0.8 * std::stod(steps.at(1)));
  for (const char* name :
       {"pipeline.yaml", "tokenizer.json", "metrics.jsonl", "evaluations.jsonl",
        "model/config.json", "model/model.safetensors", "model/tokenizer.json",
        "model/generation_config.json", "checkpoints/step-00000030/trainer/state.json",
        "checkpoints/step-00000025"})
    EXPECT_TRUE(std::filesystem::exists(run.folder + "/" + name)) << name;
  EXPECT_FALSE(std::filesystem::exists(run.folder + "/checkpoints/step-00000020")) << "keep: 2";
  EXPECT_FALSE(std::filesystem::is_empty(run.folder + "/tensorboard"));
  // The resolved file runs as it is, and there is nothing left to do.
  EXPECT_EQ(llmasos({"run", run.folder + "/pipeline.yaml"}).code, 0);
  EXPECT_EQ(losses(run.folder), steps);
}

// Runs the pipeline as it is, and killed after two of its checkpoints; the same each time.
void expect_kills_change_nothing(const TemporaryFolder& folder, const std::string& text) {
  const RunPaths whole = prepare(folder, "whole", text);
  ASSERT_EQ(llmasos({"train", whole.file}).code, 0);
  const RunPaths killed = prepare(folder, "killed", text);
  for (const char* checkpoint : {"step-00000005", "step-00000015"}) {
    RunningProgram program({"train", killed.file});
    ASSERT_TRUE(
        program.wait_for(std::string("saved ") + killed.folder + "/checkpoints/" + checkpoint));
    program.signal(SIGKILL);
    ASSERT_EQ(program.exit_code(), 128 + SIGKILL);
  }
  const Outcome outcome = llmasos({"train", killed.file});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("going on from step"), std::string::npos) << outcome.err;
  EXPECT_EQ(losses(killed.folder), losses(whole.folder));
  EXPECT_EQ(loss_scales(killed.folder), loss_scales(whole.folder));
  EXPECT_EQ(read_text(killed.folder + "/model/model.safetensors"),
            read_text(whole.folder + "/model/model.safetensors"));
}

TEST_F(Training, RepeatsTheLossesOfAnUninterruptedRunAfterKill9) {
  expect_kills_change_nothing(folder_, pipeline(folder_));
}

TEST_F(Training, WithWeightsRoundedAtRandomRepeatsItselfAfterKill9) {
  std::string text = pipeline(folder_);
  text.replace(text.find("compute: float32"), 16, "compute: bfloat16");
  const RunPaths nearest = prepare(folder_, "nearest", text);
  ASSERT_EQ(llmasos({"train", nearest.file}).code, 0);
  text.replace(text.find("accumulate: 2"), 13, "accumulate: 2, stochastic_rounding: true");
  expect_kills_change_nothing(folder_, text);
  const auto rounded = losses((folder_ / "whole").string()), before = losses(nearest.folder);
  EXPECT_NE(rounded, before);
  EXPECT_NEAR(std::stod(rounded.at(30)), std::stod(before.at(30)), 0.05 * std::stod(before.at(30)));
}

TEST_F(Training, InFloat16RepeatsTheLossScaleAfterKill9) {
  // Overflows at first, and grows between the checkpoints.
  expect_kills_change_nothing(folder_, in_float16(folder_, "{initial: 1073741824, interval: 4}"));
  const auto scales = loss_scales((folder_ / "whole").string());
  EXPECT_GT(scales.at(5).skipped, 0);
  EXPECT_LT(scales.at(5).scale, 1073741824);
}

TEST_F(Training, InFloat16SkipsStepsThatOverflowAndLearns) {
  const RunPaths run = prepare(folder_, "run", in_float16(folder_, "{initial: 1073741824}"));
  ASSERT_EQ(llmasos({"train", run.file}).code, 0);
  const auto scales = loss_scales(run.folder);
  int64_t skipped = 0;
  for (const auto& [step, now] : scales) {
    const bool overflowed = losses(run.folder).at(step).ends_with(" null");
    EXPECT_EQ(now.scale, std::ldexp(1.0, static_cast<int>(30 - skipped))) << step;
    skipped += overflowed;
    EXPECT_EQ(now.skipped, skipped) << step;
  }
  EXPECT_GE(skipped, 5);
  EXPECT_LE(skipped, 15);
  EXPECT_LT(std::stod(losses(run.folder).at(30)), 0.9 * std::stod(losses(run.folder).at(1)));
  const Json state = parse_json(
      read_text(run.folder + "/checkpoints/step-00000030/trainer/state.json"), "state.json");
  EXPECT_EQ(state.at("loss_scale", "").at("skipped", "").as_int64(""), skipped);
}

TEST_F(Training, InFloat16TheReferenceFollowsFloat32) {
  const auto run = [&](const std::string& name, const std::string& backend) {
    const RunPaths paths = prepare(folder_, name, pipeline(folder_));
    EXPECT_EQ(llmasos({"train", paths.file, "--set", "train.steps=8", "--set", "train.batch=2",
                       "--set", "evaluate.batches=1", "--set", "backend=" + backend})
                  .code,
              0);
    return losses(paths.folder);
  };
  const auto float32 = run("float32", "{plugin: cpu, compute: float32}");
  const auto float16 = run("float16", "{plugin: reference, compute: float16}");
  ASSERT_EQ(float16.size(), 8u);
  for (const auto& [step, loss] : float32)
    EXPECT_NEAR(std::stod(float16.at(step)), std::stod(loss), 5e-3 * std::stod(loss)) << step;
  EXPECT_LT(std::stod(float16.at(8)), std::stod(float16.at(1)));
}

TEST_F(Training, ASkippedStepChangesNoWeightAndNoMoment) {
  const RunPaths run = prepare(folder_, "run", in_float16(folder_, "{initial: 1.0e30}"));
  ASSERT_EQ(llmasos({"train", run.file, "--set", "train.steps=10"}).code, 0);
  ASSERT_EQ(loss_scales(run.folder).at(10).skipped, 10);
  for (const char* file : {"model.safetensors", "trainer/optimizer.safetensors"})
    EXPECT_EQ(read_text(run.folder + "/checkpoints/step-00000005/" + file),
              read_text(run.folder + "/checkpoints/step-00000010/" + file))
        << file;
}

TEST_F(Training, StopsWhereEveryLossScaleOverflows) {
  const RunPaths run =
      prepare(folder_, "run", in_float16(folder_, "{initial: 1.0e30, minimum: 1.0e29}"));
  const Outcome outcome = llmasos({"train", run.file});
  EXPECT_EQ(outcome.code, static_cast<int>(ErrorKind::kNumeric)) << outcome.err;
  EXPECT_NE(
      outcome.err.find("step 4: the gradients are not finite even at a loss scale of 1.25e+29"),
      std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("train.loss_scale.minimum"), std::string::npos) << outcome.err;
}

TEST_F(Training, RefusesALossScaleOfAnotherComputeType) {
  const RunPaths run = prepare(folder_, "run", in_float16(folder_, "{initial: 1024}"));
  const Outcome outcome = llmasos({"train", run.file, "--set", "backend.compute=bf16"});
  EXPECT_EQ(outcome.code, static_cast<int>(ErrorKind::kConfiguration)) << outcome.err;
  EXPECT_NE(outcome.err.find("train.loss_scale"), std::string::npos) << outcome.err;
}

TEST_F(Training, SavesOnInterruptAndGoesOnBitForBit) {
  const RunPaths whole = prepare(folder_, "whole", pipeline(folder_));
  ASSERT_EQ(llmasos({"train", whole.file}).code, 0);
  const RunPaths stopped = prepare(folder_, "stopped", pipeline(folder_));
  RunningProgram program({"train", stopped.file});
  ASSERT_TRUE(program.wait_for("saved "));
  program.signal(SIGINT);
  ASSERT_EQ(program.exit_code(), 130);
  ASSERT_EQ(llmasos({"train", stopped.file}).code, 0);
  EXPECT_EQ(losses(stopped.folder), losses(whole.folder));
}

TEST_F(Training, AccumulationAndRecomputeChangeNothingButRounding) {
  const std::string base = pipeline(folder_);
  const auto final_loss = [&](const std::string& name, const std::vector<std::string>& settings) {
    const RunPaths run = prepare(folder_, name, base);
    std::vector<std::string> words{"train", run.file, "--set", "model.dropout=0"};
    for (const std::string& setting : settings) {
      words.push_back("--set");
      words.push_back(setting);
    }
    const Outcome outcome = llmasos(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return std::stod(losses(run.folder).at(30));
  };
  const double two = final_loss("two", {});
  EXPECT_NEAR(final_loss("one", {"train.batch=8", "train.accumulate=1"}), two, 1e-3 * two);
  EXPECT_NEAR(final_loss("four", {"train.batch=2", "train.accumulate=4"}), two, 1e-3 * two);
  EXPECT_NEAR(final_loss("recompute", {"train.recompute=true"}), two, 1e-3 * two);
  EXPECT_NEAR(final_loss("bf16", {"backend.compute=bf16"}), two, 5e-2 * two);
  EXPECT_NEAR(final_loss("f16", {"backend.compute=f16"}), two, 1e-2 * two);
  EXPECT_NEAR(final_loss("f16_one", {"backend.compute=f16", "train.batch=8", "train.accumulate=1"}),
              two, 1e-2 * two);
  EXPECT_NEAR(final_loss("reference", {"backend.plugin=reference"}), two, 1e-3 * two);
}

TEST_F(Training, WhatItTrainedEvaluatesToTheSameLoss) {
  const RunPaths run = prepare(folder_, "run", pipeline(folder_));
  ASSERT_EQ(llmasos({"train", run.file}).code, 0);
  const Json trained =
      parse_json(read_text(run.folder + "/evaluations.jsonl")
                     .substr(read_text(run.folder + "/evaluations.jsonl").rfind("{\"step\"")),
                 "evaluations.jsonl");
  const std::string file = (folder_ / "evaluate.yaml").string();
  write_text(file, "version: 1\nkind: evaluate\ndataset: {plugin: text, path: " +
                       (folder_ / "text.txt").string() +
                       ", validation_fraction: 0.1, sequence: 32}\nmodel: {path: " + run.folder +
                       "/model}\nevaluate: {batches: 4, batch: 4}\n");
  const Outcome outcome = llmasos({"run", file, "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json evaluated = parse_json(outcome.out, "answer");
  for (const char* key : {"loss", "perplexity", "bits_per_byte", "tokens"})
    EXPECT_EQ(evaluated.at(key, ""), trained.at(key, "")) << key;
}

TEST_F(Training, PassesOverADamagedCheckpoint) {
  const RunPaths run = prepare(folder_, "run", pipeline(folder_));
  ASSERT_EQ(llmasos({"train", run.file}).code, 0);
  const auto before = losses(run.folder);
  const std::string weights = run.folder + "/checkpoints/step-00000030/model.safetensors";
  std::string bytes = read_text(weights);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_text(weights, bytes);
  const Outcome outcome = llmasos({"train", run.file});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("passing over the checkpoint"), std::string::npos) << outcome.err;
  EXPECT_EQ(losses(run.folder), before);
}

TEST_F(Training, PassesOverACheckpointWithAnImpossibleLossScale) {
  const RunPaths run = prepare(folder_, "run", in_float16(folder_, "{initial: 1024}"));
  ASSERT_EQ(llmasos({"train", run.file}).code, 0);
  const auto before = losses(run.folder);
  const std::string path = run.folder + "/checkpoints/step-00000030/trainer/state.json";
  const Json state = parse_json(read_text(path), path);
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const Json::Object scales[] = {
      {{"scale", 0.0}, {"good_steps", int64_t{1}}, {"skipped", int64_t{0}}},
      {{"scale", 1024.0}, {"good_steps", int64_t{-1}}, {"skipped", int64_t{0}}},
      {{"scale", 1024.0}, {"good_steps", int64_t{30}}, {"skipped", int64_t{1}}},
      {{"scale", 1024.0}, {"good_steps", kMost}, {"skipped", int64_t{30}}},
      {{"scale", 1024.0}, {"good_steps", int64_t{0}}, {"skipped", kMost}}};
  for (const Json::Object& scale : scales) {
    Json changed = state;
    changed.set("loss_scale", scale);
    write_text(path, compact_json(changed));
    const Outcome outcome = llmasos({"train", run.file});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("its loss_scale is impossible"), std::string::npos) << outcome.err;
    EXPECT_EQ(losses(run.folder), before);
  }
}

TEST_F(Training, RefusesAFolderOfAnotherRun) {
  const RunPaths run = prepare(folder_, "run", pipeline(folder_));
  ASSERT_EQ(llmasos({"train", run.file, "--set", "train.steps=5"}).code, 0);
  const Outcome outcome = llmasos({"train", run.file, "--set", "model.layers=3"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.err.find("model.layers"), std::string::npos) << outcome.err;
}

TEST_F(Training, StopsAtALossThatIsNotFinite) {
  const RunPaths run = prepare(folder_, "run", pipeline(folder_));
  const Outcome outcome =
      llmasos({"train", run.file, "--set", "optimizer.lr=1e30", "--set", "optimizer.clip=0"});
  EXPECT_EQ(outcome.code, 7) << outcome.err;
  EXPECT_NE(outcome.err.find("learning rate"), std::string::npos) << outcome.err;
}

TEST_F(Training, AFullDiskLosesNoEarlierCheckpoint) {
  const RunPaths run = prepare(folder_, "run", pipeline(folder_));
  ASSERT_EQ(llmasos({"train", run.file, "--set", "train.steps=5"}).code, 0);
  // The next checkpoint does not fit: files may not grow beyond 8 KiB.
  const Outcome outcome = llmasos_with_file_limit({"train", run.file}, 8192);
  EXPECT_EQ(outcome.code, 6) << outcome.err;
  EXPECT_EQ(llmasos({"train", run.file}).code, 0);
  EXPECT_EQ(losses(run.folder).size(), 30u);
}

TEST_F(Training, UsesExactlyThePlannedMemory) {
  for (const std::string compute : {"float32", "float16"}) {
    const std::string setting = "backend.compute=" + compute;
    const RunPaths run = prepare(folder_, compute, pipeline(folder_));
    ASSERT_EQ(llmasos({"train", run.file, "--set", setting}).code, 0);
    const Outcome plan = llmasos({"validate", run.file, "--set", setting, "--json"});
    ASSERT_EQ(plan.code, 0) << plan.err;
    const Json peak = read_json_file(run.folder + "/memory.json");
    EXPECT_EQ(peak.at("peak_bytes", "").as_int64(""),
              parse_json(plan.out, "plan").at("total_bytes", "").as_int64(""))
        << compute;
  }
}

}  // namespace
}  // namespace lmos::test
