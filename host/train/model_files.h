// The small files of a run's checkpoints: what its model is made of, and how it wants to be used.
#pragma once

#include "components/model.h"
#include "components/tokenizer.h"
#include "formats/hugging_face_writer.h"
#include "pipeline/pipeline.h"
#include "tasks/task.h"

namespace lmos::train {

// The tokenizer's settings and the generation settings of the model that the run began with, if it
// did, go on, with the tokens added that the task ends texts with.
HuggingFaceFiles model_files(const Pipeline& pipeline, const tasks::Task& task,
                             const components::Model& model,
                             const components::Tokenizer& tokenizer);

}  // namespace lmos::train
