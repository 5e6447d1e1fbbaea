#include <fstream>
#include <sstream>

#include "errors/error.h"
#include "formats/atomic_file.h"
#include "llmasos/text.hpp"
#include "train/trainer.h"

namespace lmos::train {
namespace {

using components::Catalogue;
using components::Tokenizer;

std::unique_ptr<Tokenizer> learn_tokenizer(Catalogue& catalogue, const Pipeline& pipeline) {
  const auto dataset = catalogue.open_dataset(*pipeline.dataset, "train");
  std::string document;
  return catalogue.train_tokenizer(*pipeline.tokenizer, dataset->total_bytes(),
                                   [&](std::string_view& text) {
                                     if (!dataset->next(document)) return false;
                                     text = document;
                                     return true;
                                   });
}

// A tokenizer that the run has learned is kept with it: learning is not repeated when the run goes
// on.
std::unique_ptr<Tokenizer> open_tokenizer(Catalogue& catalogue, const Pipeline& pipeline,
                                          const RunFolder& folder) {
  const auto kept = folder.tokenizer();
  const bool learned = pipeline.tokenizer && pipeline.tokenizer->train_options;
  if (learned && std::filesystem::exists(kept))
    return catalogue.open_tokenizer(pipeline.tokenizer->plugin, kept);
  std::unique_ptr<Tokenizer> tokenizer;
  if (learned) {
    tokenizer = learn_tokenizer(catalogue, pipeline);
  } else if (pipeline.tokenizer) {
    tokenizer = catalogue.open_tokenizer(pipeline.tokenizer->plugin, pipeline.tokenizer->path);
  } else {
    tokenizer = catalogue.open_tokenizer("", ModelFiles(pipeline.model.path).tokenizer_path());
  }
  write_file_atomically(kept, tokenizer->json());
  return tokenizer;
}

std::unique_ptr<components::Model> open_model(Catalogue& catalogue, const Pipeline& pipeline,
                                              const tasks::Task& task, const Tokenizer& tokenizer) {
  const int64_t sequence = pipeline.dataset->sequence;
  const int64_t vocab = tokenizer.vocab_size();
  if (pipeline.model.path.empty())
    return catalogue.create_model(pipeline.model, vocab, sequence, task.classes());
  auto model =
      catalogue.open_model(pipeline.model.plugin, ModelFiles(pipeline.model.path), task.classes());
  if (model->vocab_size() < vocab)
    throw Error(ErrorKind::kConfiguration, "the tokenizer has " + std::to_string(vocab) +
                                               " tokens but the model in " + pipeline.model.path +
                                               " only " + std::to_string(model->vocab_size()) +
                                               "; use the model's own tokenizer");
  if (model->context() < sequence)
    throw Error(ErrorKind::kConfiguration, "dataset.sequence is " + std::to_string(sequence) +
                                               " but the model in " + pipeline.model.path +
                                               " reads at most " +
                                               std::to_string(model->context()) + " tokens");
  return model;
}

tasks::Sources sources(Catalogue& catalogue, const Tokenizer& tokenizer,
                       const std::filesystem::path& cache, RunEvents& events) {
  return {catalogue, tokenizer, cache,
          [&events](const std::string& line) { events.on_note(line); }};
}

}  // namespace

std::unique_ptr<data::Batches> open_in_order(Catalogue& catalogue, const Pipeline& pipeline,
                                             const tasks::Task& task, const std::string& split,
                                             const Tokenizer& tokenizer,
                                             const std::filesystem::path& cache,
                                             RunEvents& events) {
  return task.open(sources(catalogue, tokenizer, cache, events), split,
                   {.in_order = true,
                    .rows = pipeline.evaluate->batch,
                    .answers = !pipeline.evaluate->answers.empty()});
}

TrainingParts open_training(Catalogue& catalogue, const Pipeline& pipeline, const RunFolder& folder,
                            RunEvents& events) {
  TrainingParts parts;
  // First, so that the host's threads are those of the pipeline.
  parts.device = catalogue.open_device(pipeline.backend);
  parts.tokenizer = open_tokenizer(catalogue, pipeline, folder);
  parts.task = tasks::make_task(pipeline);
  parts.model = open_model(catalogue, pipeline, *parts.task, *parts.tokenizer);
  parts.training =
      parts.task->open(sources(catalogue, *parts.tokenizer, folder.tokens(), events), "train",
                       {.seed = static_cast<uint64_t>(pipeline.seed),
                        .rows = pipeline.train->batch,
                        .micro_batches = pipeline.train->accumulate});
  if (pipeline.evaluate)
    parts.validation = open_in_order(catalogue, pipeline, *parts.task, "validation",
                                     *parts.tokenizer, folder.tokens(), events);
  return parts;
}

}  // namespace lmos::train
