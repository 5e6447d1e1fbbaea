// The step loop: data, steps, evaluation, metrics, checkpoints.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "components/catalogue.h"
#include "components/model.h"
#include "components/tokenizer.h"
#include "data/batches.h"
#include "pipeline/pipeline.h"
#include "runtime/device.h"
#include "runtime/tensor_store.h"
#include "tasks/task.h"
#include "train/checkpoint.h"
#include "train/run_events.h"
#include "train/run_folder.h"

namespace lmos::train {

// What a run consists of, opened.
struct TrainingParts {
  std::unique_ptr<runtime::Device> device;
  std::unique_ptr<components::Tokenizer> tokenizer;
  std::unique_ptr<tasks::Task> task;
  std::unique_ptr<components::Model> model;
  std::unique_ptr<data::Batches> training;
  std::unique_ptr<data::Batches> validation;  // none if the data has no such split
};

// Opens everything that the pipeline names: learns the tokenizer and tokenises the data where RUN
// does not hold them yet. Long steps report through the catalogue's progress service.
TrainingParts open_training(components::Catalogue& catalogue, const Pipeline& pipeline,
                            const RunFolder& folder, RunEvents& events);

// A split of the data ("train", "validation") in order, in batches of evaluate.batch, tokenised
// into `cache`; none if the data has no such split.
std::unique_ptr<data::Batches> open_in_order(components::Catalogue& catalogue,
                                             const Pipeline& pipeline, const tasks::Task& task,
                                             const std::string& split,
                                             const components::Tokenizer& tokenizer,
                                             const std::filesystem::path& cache, RunEvents& events);

// Trains until the last step, or until `interrupted` is set: then a checkpoint of the finished
// steps is written and false is returned. Goes on from the newest checkpoint in the folder.
// Error(kNumeric) stops at a loss that is not finite, and names the step, the learning rate and the
// last good checkpoint.
bool train(const Pipeline& pipeline, TrainingParts& parts, const RunFolder& folder,
           RunEvents& events, const std::atomic<bool>& interrupted);

}  // namespace lmos::train
