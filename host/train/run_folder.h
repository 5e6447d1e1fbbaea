// The folder of a training run: what lies where, and who may write in it.
//
//   RUN/pipeline.yaml     the fully resolved pipeline
//   RUN/tokenizer.json    the tokenizer that the run learned or read
//   RUN/tokens/           the tokenised data
//   RUN/metrics.jsonl     a line a step
//   RUN/evaluations.jsonl a line an evaluation
//   RUN/memory.json       peaks of buffers by kind and of the process, after the last step
//   RUN/tensorboard/      event files
//   RUN/checkpoints/      see checkpoint.h
//   RUN/model             a link to the newest checkpoint
#pragma once

#include <filesystem>

#include "data/file_lock.h"
#include "pipeline/pipeline.h"

namespace lmos::train {

class RunFolder {
 public:
  // Creates the folder and locks it. Error(kResource) if another process trains in it.
  explicit RunFolder(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path tokenizer() const { return path_ / "tokenizer.json"; }
  std::filesystem::path tokens() const { return path_ / "tokens"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path evaluations() const { return path_ / "evaluations.jsonl"; }
  std::filesystem::path tensorboard() const { return path_ / "tensorboard"; }

  // Records the resolved pipeline. Where the folder holds another run, Error(kConfiguration) names
  // the first of the keys that may not change within a run (seed, tokenizer, dataset, model,
  // train.batch, train.accumulate) with both values.
  void record(const Pipeline& pipeline) const;

 private:
  std::filesystem::path path_;
  data::FileLock lock_;
};

}  // namespace lmos::train
