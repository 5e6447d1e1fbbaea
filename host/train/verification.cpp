#include "train/verification.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "components/weights.h"
#include "errors/error.h"
#include "formats/json_text.h"
#include "graph/builder.h"
#include "llmasos/model.h"
#include "runtime/compile.h"
#include "train/batch_buffers.h"
#include "train/expected_batch.h"
#include "train/step_runner.h"
#include "train/training_graph.h"

namespace lmos::train {
namespace {

using runtime::TensorStore;

const TensorView* find(const TensorMap& tensors, std::initializer_list<std::string> names) {
  for (const std::string& name : names)
    if (const auto place = tensors.find(name); place != tensors.end()) return &place->second;
  return nullptr;
}

// In what names a file may hold an output of a graph.
struct OutputNames {
  const char* output;
  std::initializer_list<std::string> expected;
};
const OutputNames kOutputs[] = {
    {"logits", {"output.logits", "logits"}},
    {"masked_lm_logits", {"output.mlm_logits", "output.prediction_logits"}},
    {"next_sentence_logits", {"output.nsp_logits", "output.seq_relationship_logits"}},
    {"start_logits", {"output.start_logits"}},
    {"end_logits", {"output.end_logits"}},
    {"hidden", {"output.last_hidden_state"}},
};

// The name of the file's own model of a batch: stories260K's file has `ids`, others have prefixes.
ExpectedBatch read_inputs(const TensorMap& tensors, std::string_view task) {
  if (const auto ids = tensors.find("ids");
      ids != tensors.end() && !tensors.contains("input.input_ids"))
    return read_expected_batch({{"input_ids", ids->second}}, "", task);
  return read_expected_batch(tensors, "input.", task);
}

// Of the whole gradient's norm; see TensorComparison::nearly_zero.
constexpr double kGradientFloor = 1e-4;

// Over all tensors `grad.*`.
double gradient_norm(const TensorMap& tensors) {
  double sum = 0;
  for (const auto& [name, tensor] : tensors) {
    if (!name.starts_with("grad.") || tensor.dtype != LMOS_F32) continue;
    for (size_t i = 0; i < tensor.data.size(); i += sizeof(float)) {
      float value;
      std::memcpy(&value, tensor.data.data() + i, sizeof value);
      sum += double{value} * value;
    }
  }
  return std::sqrt(sum);
}

// Where `padding` is not empty, `theirs` has a part for each token, and those of padding, which
// mean nothing, are left out.
TensorComparison compare(const std::string& name, const std::vector<float>& ours,
                         const TensorView& theirs, double floor,
                         const std::vector<bool>& padding = {}) {
  TensorComparison result{name};
  if (theirs.dtype != LMOS_F32 || theirs.data.size() != ours.size() * sizeof(float))
    throw Error(ErrorKind::kInput, "`" + name + "` in the expected file must be float32 with " +
                                       std::to_string(ours.size()) + " elements");
  const size_t width = padding.empty() ? ours.size() : ours.size() / padding.size();
  double difference = 0, reference = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    if (!padding.empty() && padding[i / width]) continue;
    float expected;
    std::memcpy(&expected, theirs.data.data() + i * sizeof(float), sizeof(float));
    const double error = double{ours[i]} - expected;
    if (!std::isfinite(ours[i])) result.finite = false;
    difference += error * error;
    reference += double{expected} * expected;
    result.maximum = std::max(result.maximum, std::abs(error));
  }
  const double size = std::max(std::sqrt(reference), floor);
  result.nearly_zero = std::sqrt(reference) < floor;
  result.relative_l2 = size > 0 ? std::sqrt(difference) / size : std::sqrt(difference);
  return result;
}

bool is_per_token(const TensorView& tensor, const ExpectedBatch& batch) {
  return tensor.shape.size() >= 2 && tensor.shape[0] == batch.rows &&
         tensor.shape[1] == batch.sequence;
}

// A graph with its inputs and weights, run once.
class SingleRun {
 public:
  // Each loss is divided by what counts.
  SingleRun(runtime::Device& device, const graph::Graph& graph, const ExpectedBatch& expected,
            TensorStore& tensors)
      : stream_(device),
        executable_(runtime::compile(device, graph, expected.symbols)),
        inputs_(device, {&executable_->graph()}) {
    tensors.bind_to(*executable_);
    inputs_.bind(*executable_);
    executable_->allocate();
    inputs_.load(stream_, expected.batch);
    for (const auto& [loss, counted] : expected.batch.counted) {
      const float scale = counted == 0 ? 0 : 1.0f / static_cast<float>(counted);
      inputs_.set(stream_, "loss_scale" + loss.substr(4), std::vector<float>{scale});
    }
    stream_.synchronize();
  }

  runtime::Executable& executable() { return *executable_; }
  runtime::Stream& stream() { return stream_; }
  void run() { executable_->run(stream_); }

  std::vector<float> output(const std::string& name) {
    const graph::Graph& graph = executable_->graph();
    std::vector<float> values(static_cast<size_t>(graph.type(graph.find_output(name)).elements()));
    runtime::download_now(stream_, std::span(values), executable_->output(name));
    return values;
  }

 private:
  runtime::Stream stream_;
  std::unique_ptr<runtime::Executable> executable_;
  BatchBuffers inputs_;
};

// Outputs as float32, whatever they are computed in.
graph::Graph with_float_outputs(graph::Graph graph) {
  graph::Builder builder(graph);
  const std::vector<graph::Output> raw = std::exchange(graph.outputs, {});
  for (const graph::Output& output : raw)
    builder.output(output.name, builder.cast(output.value, LMOS_F32));
  return graph;
}

// The graph of the task whose outputs the file holds.
std::string outputs_graph(const TensorMap& tensors, std::string_view task) {
  return find(tensors, {"output.last_hidden_state"}) != nullptr ? LMOS_TASK_ENCODING_HIDDEN
                                                                : std::string(task) + ".logits";
}

}  // namespace

std::vector<TensorComparison> compare_outputs(runtime::Device& device,
                                              const components::Model& model,
                                              const Weights& weights,
                                              const SafetensorsFile& expected, lmos_dtype compute,
                                              const std::string& where) {
  const TensorMap& tensors = expected.tensors();
  const ExpectedBatch batch = read_inputs(tensors, model.task());
  std::vector<TensorComparison> results;
  runtime::Stream stream(device);
  TensorStore store(device);

  const bool has_outputs = std::ranges::any_of(
      kOutputs, [&](const OutputNames& names) { return find(tensors, names.expected) != nullptr; });
  if (has_outputs) {
    const graph::Graph graph = with_float_outputs(
        model.graph(outputs_graph(tensors, model.task()), false, LMOS_F32, compute));
    components::load_weights(store, stream, graph, weights, LMOS_F32, where, {.part = true});
    SingleRun run(device, graph, batch, store);
    run.run();
    for (const OutputNames& names : kOutputs) {
      const TensorView* theirs = find(tensors, names.expected);
      if (theirs == nullptr || graph.find_output(names.output) == graph::kNoValue) continue;
      results.push_back(
          compare(*names.expected.begin(), run.output(names.output), *theirs, 0,
                  is_per_token(*theirs, batch) ? batch.padding : std::vector<bool>()));
    }
  }

  if (const TensorView* loss = find(tensors, {"output.loss"})) {
    const graph::Graph forward =
        model.graph(std::string(model.task()) + ".loss", false, LMOS_F32, compute);
    TensorStore all(device);
    components::load_weights(all, stream, forward, weights, LMOS_F32, where);
    const graph::Graph backward = training_graph(forward, {MicroStep::kGradients, false, 0});
    SingleRun run(device, backward, batch, all);
    run.run();
    float mean = 0;
    for (const auto& [name, counted] : batch.batch.counted)
      if (counted > 0)
        mean += run.output("loss_sum" + name.substr(4)).front() / static_cast<float>(counted);
    results.push_back(compare("output.loss", {mean}, *loss, 0));
    const double floor = kGradientFloor * gradient_norm(tensors);
    for (const graph::Parameter& parameter : forward.parameters) {
      const std::string name = "grad." + parameter.name;
      if (const TensorView* gradient = find(tensors, {name}))
        results.push_back(compare(name, run.output(name), *gradient, floor));
    }
  }
  if (results.empty())
    throw Error(ErrorKind::kInput,
                "the expected file has neither output.logits nor output.loss: nothing to compare");
  return results;
}

std::vector<runtime::NodeDifference> compare_nodes(runtime::Device& trusted,
                                                   runtime::Device& examined,
                                                   const components::Model& model,
                                                   const Weights& weights,
                                                   const SafetensorsFile& expected,
                                                   lmos_dtype compute, const std::string& where) {
  const ExpectedBatch batch = read_inputs(expected.tensors(), model.task());
  const graph::Graph loss =
      model.graph(std::string(model.task()) + ".loss", false, LMOS_F32, compute);
  runtime::Stream stream(trusted);
  TensorStore store(trusted);
  components::load_weights(store, stream, loss, weights, LMOS_F32, where);
  SingleRun run(trusted, training_graph(loss, {MicroStep::kGradients, false, 0}), batch, store);
  return runtime::compare_nodes(run.executable(), run.stream(), examined);
}

std::vector<TrajectoryComparison> compare_trajectory(runtime::Device& device,
                                                     const components::Model& model,
                                                     const Weights& weights,
                                                     const SafetensorsFile& expected,
                                                     const std::filesystem::path& trajectory,
                                                     lmos_dtype compute, const std::string& where) {
  const std::string place = trajectory.string();
  const Json json = read_json_file(trajectory);
  const Json& section = json.at("trajectory", place);
  const Json::Array& losses = section.at("losses", place).as_array(place + ": losses");
  const Json::Array& norms = section.at("grad_norms", place).as_array(place + ": grad_norms");
  if (losses.size() != norms.size())
    throw Error(ErrorKind::kInput, place + ": losses and grad_norms differ in length");

  constexpr double kLearningRate = 1e-3;
  const bool scaled = compute == LMOS_F16;
  LossScale scale;
  if (scaled) scale.scale = LossScaleSection{}.initial;
  const graph::Graph loss =
      model.graph(std::string(model.task()) + ".loss", true, LMOS_F32, compute);
  runtime::Stream stream(device);
  TensorStore store(device);
  components::load_weights(store, stream, loss, weights, LMOS_F32, where);
  runtime::Buffer arena;
  std::unique_ptr<StepRunner> runner;
  std::vector<TrajectoryComparison> results;
  for (size_t step = 0; step < losses.size(); ++step) {
    const std::string prefix = "train." + std::to_string(step) + ".";
    const ExpectedBatch batch = read_expected_batch(expected.tensors(), prefix, model.task());
    if (!runner) {
      runner = std::make_unique<StepRunner>(device, loss,
                                            StepShape{{batch.symbols}, 1, false, 1.0, scaled},
                                            AdamW{0.9, 0.95, 1e-8, 0.1}, store);
      arena = device.allocate(runner->arena_bytes(), runtime::MemoryCategory::kActivations);
      runner->use_arena(arena);
    }
    const StepResult ours =
        runner->run(batch.batch, 0, static_cast<int64_t>(step), kLearningRate, scale);
    results.push_back({static_cast<int64_t>(step), ours.loss, losses[step].as_double(place),
                       ours.grad_norm, norms[step].as_double(place)});
  }
  return results;
}

}  // namespace lmos::train
