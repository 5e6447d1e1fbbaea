// Compares a model's results with those of another implementation, tensor by tensor.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "components/model.h"
#include "formats/safetensors.h"
#include "formats/weights.h"
#include "runtime/compare.h"
#include "runtime/device.h"

namespace lmos::train {

struct TensorComparison {
  std::string name;        // as in the expected file: "output.logits", "grad.lm_head.weight"
  double relative_l2 = 0;  // |ours - theirs| / |theirs|
  double maximum = 0;      // largest absolute difference
  bool finite = true;      // of ours
};

// Runs the loss and its gradients on `trusted` node by node, and each node on `examined` with the
// same operands.
std::vector<runtime::NodeDifference> compare_nodes(runtime::Device& trusted,
                                                   runtime::Device& examined,
                                                   const components::Model& model,
                                                   const Weights& weights,
                                                   const SafetensorsFile& expected,
                                                   lmos_dtype compute, const std::string& where);

struct TrajectoryComparison {
  int64_t step = 0;
  double loss = 0, expected_loss = 0;
  double grad_norm = 0, expected_grad_norm = 0;
};

// Runs the model on `input.input_ids` (or `ids`) and `input.labels` of the expected file, [rows,
// sequence] each, and compares its outputs (`output.logits`, `output.loss`, or `logits`) and, where
// the file has them, its gradients (`grad.NAME`). Labels are those of the inputs, as transformers
// takes them: token t is scored on label t + 1.
std::vector<TensorComparison> compare_outputs(runtime::Device& device,
                                              const components::Model& model,
                                              const Weights& weights,
                                              const SafetensorsFile& expected, lmos_dtype compute,
                                              const std::string& where);

// Trains on `train.STEP.input_ids` and `train.STEP.labels` of the expected file with the optimizer
// of the reference trajectories (AdamW, constant learning rate 1e-3, betas 0.9 and 0.95, weight
// decay 0.1 on matrices, clip 1), and sets each loss and gradient norm beside those of the
// trajectory file.
std::vector<TrajectoryComparison> compare_trajectory(runtime::Device& device,
                                                     const components::Model& model,
                                                     const Weights& weights,
                                                     const SafetensorsFile& expected,
                                                     const std::filesystem::path& trajectory,
                                                     lmos_dtype compute, const std::string& where);

}  // namespace lmos::train
