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
  // A gradient with a norm below 1e-4 of that of all gradients together: the error is over that
  // 1e-4, since such a gradient may be 0 but for rounding (that of a key's bias is: softmax does
  // not see it).
  bool nearly_zero = false;
  double maximum = 0;  // largest absolute difference
  bool finite = true;  // of ours
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

// Runs the model's task on the tensors `input.*` of the expected file (read_expected_batch says
// which), or `ids`, and compares its outputs, without those at padding, with `output.*`: logits,
// mlm_logits, nsp_logits, start_logits, end_logits, last_hidden_state and loss (or `logits`), and,
// where the file has them, its gradients with `grad.NAME`.
std::vector<TensorComparison> compare_outputs(runtime::Device& device,
                                              const components::Model& model,
                                              const Weights& weights,
                                              const SafetensorsFile& expected, lmos_dtype compute,
                                              const std::string& where);

// Trains on the tensors `train.STEP.*` of the expected file, all steps of one shape, with the
// optimizer of the reference trajectories (AdamW, constant learning rate 1e-3, betas 0.9 and 0.95,
// weight decay 0.1 on matrices, clip 1), and sets each loss and gradient norm beside those of the
// trajectory file.
std::vector<TrajectoryComparison> compare_trajectory(runtime::Device& device,
                                                     const components::Model& model,
                                                     const Weights& weights,
                                                     const SafetensorsFile& expected,
                                                     const std::filesystem::path& trajectory,
                                                     lmos_dtype compute, const std::string& where);

}  // namespace lmos::train
