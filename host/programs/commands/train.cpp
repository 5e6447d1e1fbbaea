#include <cstdio>

#include "errors/error.h"
#include "programs/commands/command.h"
#include "programs/commands/pipeline_kinds.h"
#include "programs/merge_adapter.h"
#include "programs/training_display.h"
#include "train/trainer.h"

namespace lmos {

namespace {

// The text that a training pipeline's `generate` section asks for, by the model that it trained.
int write_sample(Pipeline pipeline, Session& session, const std::filesystem::path& model) {
  if (pipeline.lora)
    pipeline.model.adapter = model.string();
  else
    pipeline.model = ModelSection{.path = model.string(), .options = pipeline.model.options};
  pipeline.tokenizer.reset();
  return run_generation(pipeline, session, false);
}

}  // namespace

int run_training(const Pipeline& pipeline, Session& session) {
  Session::catch_signals();
  TrainingDisplay display(session.listener());
  session.catalogue().services().set_progress(
      [&](std::string_view what, uint64_t done, uint64_t total) {
        display.on_work(what, done, total);
        return !Session::interrupted().load();
      });
  const train::RunFolder folder(pipeline.checkpoint->folder);
  folder.record(pipeline);
  train::TrainingParts parts = train::open_training(session.catalogue(), pipeline, folder, display);
  const bool finished = train::train(pipeline, parts, folder, display, Session::interrupted());
  display.finish();
  if (!finished) {
    display.on_note("interrupted; the same command goes on from here");
    return static_cast<int>(ErrorKind::kInterrupted);
  }
  display.on_note(std::string("done: the ") + (pipeline.lora ? "adapter" : "model") + " is in " +
                  (folder.path() / "model").string());
  if (pipeline.lora && pipeline.lora->merge) {
    const auto merged = folder.path() / "merged";
    std::filesystem::remove_all(merged);
    if (!write_merged_model(session.catalogue(), pipeline.model.path,
                            (folder.path() / "model").string(), merged))
      return static_cast<int>(ErrorKind::kInterrupted);
    display.on_note("the adapted model as a whole is in " + merged.string());
  }
  return pipeline.generate ? write_sample(pipeline, session, folder.path() / "model") : 0;
}

namespace {

int train_file(const Arguments&, Session& session) {
  const Pipeline pipeline = session.load_pipeline();
  if (pipeline.kind != PipelineKind::kTrain)
    throw Error(ErrorKind::kUsage,
                "the file's kind is " + kind_text(pipeline.kind) + "; use `llmasos run`");
  return run_training(pipeline, session);
}

int run_file(const Arguments& arguments, Session& session) {
  const Pipeline pipeline = session.load_pipeline();
  switch (pipeline.kind) {
    case PipelineKind::kTrain:
      return run_training(pipeline, session);
    case PipelineKind::kGenerate:
      return run_generation(pipeline, session, arguments.flag("json"));
    case PipelineKind::kEvaluate:
      return run_evaluation(pipeline, session, arguments.flag("json"));
  }
  return 0;
}

}  // namespace

Command train_command() {
  return {{.name = "train",
           .summary =
               "Train as a pipeline file of kind train says; goes on from its newest checkpoint.",
           .detail = "Ctrl-C finishes the step, saves a checkpoint and exits with 130.",
           .positionals = {{.name = "FILE", .doc = "The pipeline."}},
           .options = {set_option()}},
          train_file};
}

Command run_command() {
  return {
      {.name = "run",
       .summary = "Execute a pipeline file of any kind.",
       .detail =
           "A training run goes on from its newest checkpoint. Ctrl-C saves and exits with 130.",
       .positionals = {{.name = "FILE", .doc = "The pipeline."}},
       .options = {set_option(), json_option()}},
      run_file};
}

}  // namespace lmos
