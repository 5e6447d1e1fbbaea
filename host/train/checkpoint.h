// Checkpoints: a Hugging Face directory that any tool can read, plus what the trainer needs to go
// on.
//
//   checkpoints/step-00000200/
//     config.json  generation_config.json  model.safetensors  tokenizer.json
//     trainer/state.json: step, seed, tokens seen, in float16 the loss scale, and the checksums of
//       the two safetensors files
//     trainer/optimizer.safetensors: first_moment.NAME, second_moment.NAME
//
// Of a LoRA run: adapter_config.json and adapter_model.safetensors instead of the model's files.
//
// A checkpoint appears under its name complete and flushed to disk, or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "formats/hugging_face_writer.h"
#include "formats/tensor_view.h"
#include "train/loss_scale.h"

namespace lmos::train {

struct TrainerState {
  int64_t step = 0;  // steps done
  uint64_t seed = 0;
  int64_t tokens = 0;                   // tokens seen
  std::optional<LossScale> loss_scale;  // of a run in float16
};

// Gives a tensor's bytes to the writer; called once for each tensor, in any order.
using TensorReader = std::function<void(
    const std::string& name, const std::function<void(std::span<const std::byte>)>& take)>;

struct CheckpointContents {
  TrainerState state;
  bool adapter = false;  // the weights are those of an adapter, and files.config its own
  HuggingFaceFiles files;
  std::vector<TensorSpec> weights, optimizer;
  TensorReader read;
};

// The folder of a run's checkpoints.
class Checkpoints {
 public:
  explicit Checkpoints(std::filesystem::path run_folder);

  // Writes a checkpoint, points RUN/model at it, and then removes the oldest beyond `keep`. If the
  // disk is full, Error(kResource) and every earlier checkpoint is untouched.
  std::filesystem::path save(const CheckpointContents& contents, int64_t keep) const;

  // The newest one whose files are all there and pass their checksums; each damaged one is reported
  // through `warn` and passed over.
  struct Found {
    std::filesystem::path folder;
    TrainerState state;
  };
  std::optional<Found> newest(const std::function<void(const std::string&)>& warn) const;

 private:
  std::filesystem::path run_folder_;
};

std::filesystem::path optimizer_file(const std::filesystem::path& checkpoint);

}  // namespace lmos::train
