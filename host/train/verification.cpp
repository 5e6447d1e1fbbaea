#include "train/verification.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "components/weights.h"
#include "errors/error.h"
#include "formats/json_text.h"
#include "graph/builder.h"
#include "llmasos/model.h"
#include "runtime/compile.h"
#include "train/batch_buffers.h"
#include "train/step_runner.h"
#include "train/training_graph.h"

namespace lmos::train {
namespace {

using runtime::TensorStore;

// A file's tensor of ids, as the int32 that graphs take.
struct Ids {
  int64_t rows = 0, sequence = 0;
  std::vector<int32_t> values;
};

template <class Element>
void append_ids(const TensorView& tensor, std::vector<int32_t>& ids) {
  ids.resize(tensor.data.size() / sizeof(Element));
  for (size_t i = 0; i < ids.size(); ++i) {
    Element value;
    std::memcpy(&value, tensor.data.data() + i * sizeof(Element), sizeof(Element));
    ids[i] = static_cast<int32_t>(value);
  }
}

const TensorView* find(const TensorMap& tensors, std::initializer_list<std::string> names) {
  for (const std::string& name : names)
    if (const auto place = tensors.find(name); place != tensors.end()) return &place->second;
  return nullptr;
}

Ids read_ids(const TensorMap& tensors, std::initializer_list<std::string> names) {
  const TensorView* tensor = find(tensors, names);
  if (tensor == nullptr)
    throw Error(ErrorKind::kInput, "the expected file has no tensor `" + *names.begin() + "`");
  if (tensor->shape.size() != 2 || (tensor->dtype != LMOS_I64 && tensor->dtype != LMOS_I32))
    throw Error(ErrorKind::kInput, "`" + *names.begin() +
                                       "` in the expected file must be int32 or int64 of shape "
                                       "[rows, sequence], not " +
                                       shape_text(tensor->shape));
  Ids ids{tensor->shape[0], tensor->shape[1], {}};
  if (tensor->dtype == LMOS_I64)
    append_ids<int64_t>(*tensor, ids.values);
  else
    append_ids<int32_t>(*tensor, ids.values);
  return ids;
}

// What each token predicts: the label after it in its row; nothing at the row's end.
std::vector<int32_t> shifted(const Ids& labels) {
  std::vector<int32_t> result(labels.values.size(), data::kIgnoredLabel);
  for (int64_t row = 0; row < labels.rows; ++row)
    for (int64_t t = 0; t + 1 < labels.sequence; ++t)
      result[row * labels.sequence + t] = labels.values[row * labels.sequence + t + 1];
  return result;
}

TensorComparison compare(const std::string& name, const std::vector<float>& ours,
                         const TensorView& theirs) {
  TensorComparison result{name};
  if (theirs.dtype != LMOS_F32 || theirs.data.size() != ours.size() * sizeof(float))
    throw Error(ErrorKind::kInput, "`" + name + "` in the expected file must be float32 with " +
                                       std::to_string(ours.size()) + " elements");
  double difference = 0, reference = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    float expected;
    std::memcpy(&expected, theirs.data.data() + i * sizeof(float), sizeof(float));
    const double error = double{ours[i]} - expected;
    if (!std::isfinite(ours[i])) result.finite = false;
    difference += error * error;
    reference += double{expected} * expected;
    result.maximum = std::max(result.maximum, std::abs(error));
  }
  result.relative_l2 = reference > 0 ? std::sqrt(difference / reference) : std::sqrt(difference);
  return result;
}

data::Symbols shape_of(const Ids& ids) {
  const int64_t tokens = ids.rows * ids.sequence;
  return {{"tokens", tokens}, {"sequence", ids.sequence}, {"rows", tokens}};
}

// One micro-batch of whole rows, positions from 0 in each, one segment a row.
data::Batch batch_of(const Ids& ids, const std::vector<int32_t>& labels) {
  data::Batch batch;
  batch.inputs["input_ids"] = ids.values;
  batch.inputs["labels"] = labels;
  std::vector<int32_t>&positions = batch.inputs["positions"], &rows = batch.inputs["rows"];
  for (int64_t token = 0; token < ids.rows * ids.sequence; ++token) {
    positions.push_back(static_cast<int32_t>(token % ids.sequence));
    rows.push_back(static_cast<int32_t>(token));
  }
  batch.inputs["segments"].resize(ids.values.size());
  batch.counted["loss"] = data::count_labels(labels);
  batch.tokens = ids.rows * ids.sequence;
  return batch;
}

// A graph with its inputs and weights, run once.
class SingleRun {
 public:
  SingleRun(runtime::Device& device, const graph::Graph& graph, const Ids& ids,
            const std::vector<int32_t>& labels, TensorStore& tensors)
      : stream_(device),
        executable_(runtime::compile(device, graph, shape_of(ids))),
        inputs_(device, {&executable_->graph()}),
        batch_(batch_of(ids, labels)) {
    tensors.bind_to(*executable_);
    inputs_.bind(*executable_);
    executable_->allocate();
    inputs_.load(stream_, batch_);
  }

  BatchBuffers& inputs() { return inputs_; }
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
  data::Batch batch_;
};

}  // namespace

std::vector<TensorComparison> compare_outputs(runtime::Device& device,
                                              const components::Model& model,
                                              const Weights& weights,
                                              const SafetensorsFile& expected, lmos_dtype compute,
                                              const std::string& where) {
  const TensorMap& tensors = expected.tensors();
  const Ids ids = read_ids(tensors, {"input.input_ids", "ids"});
  const int64_t count = ids.rows * ids.sequence;
  std::vector<TensorComparison> results;
  runtime::Stream stream(device);
  TensorStore store(device);

  if (const TensorView* logits = find(tensors, {"output.logits", "logits"})) {
    graph::Graph graph = model.graph(LMOS_TASK_CAUSAL_LM_LOGITS, false, LMOS_F32, compute);
    graph::Builder builder(graph);
    const graph::ValueId raw = graph.find_output("logits");
    graph.outputs.clear();
    builder.output("logits", builder.cast(raw, LMOS_F32));
    components::load_weights(store, stream, graph, weights, LMOS_F32, where);
    SingleRun run(device, graph, ids,
                  std::vector<int32_t>(static_cast<size_t>(count), data::kIgnoredLabel), store);
    run.run();
    results.push_back(compare("output.logits", run.output("logits"), *logits));
  }

  if (const TensorView* loss = find(tensors, {"output.loss"})) {
    const std::vector<int32_t> labels = shifted(read_ids(tensors, {"input.labels"}));
    const int64_t counted = data::count_labels(labels);
    const graph::Graph forward = model.graph(LMOS_TASK_CAUSAL_LM_LOSS, false, LMOS_F32, compute);
    if (!store.contains(forward.parameters.front().name))
      components::load_weights(store, stream, forward, weights, LMOS_F32, where);
    const graph::Graph backward = training_graph(forward, {MicroStep::kGradients, false, 0});
    SingleRun run(device, backward, ids, labels, store);
    run.inputs().set(run.stream(), "loss_scale",
                     std::vector<float>{1.0f / static_cast<float>(counted)});
    run.run();
    const float mean = run.output("loss_sum").front() / static_cast<float>(counted);
    results.push_back(compare("output.loss", {mean}, *loss));
    for (const graph::Parameter& parameter : forward.parameters) {
      const std::string name = "grad." + parameter.name;
      if (const TensorView* gradient = find(tensors, {name}))
        results.push_back(compare(name, run.output(name), *gradient));
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
  const Ids ids = read_ids(expected.tensors(), {"input.input_ids", "ids"});
  const std::vector<int32_t> labels = shifted(ids);
  const graph::Graph loss = model.graph(LMOS_TASK_CAUSAL_LM_LOSS, false, LMOS_F32, compute);
  runtime::Stream stream(trusted);
  TensorStore store(trusted);
  components::load_weights(store, stream, loss, weights, LMOS_F32, where);
  SingleRun run(trusted, training_graph(loss, {MicroStep::kGradients, false, 0}), ids, labels,
                store);
  run.inputs().set(run.stream(), "loss_scale",
                   std::vector<float>{1.0f / static_cast<float>(data::count_labels(labels))});
  run.stream().synchronize();
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
  const graph::Graph loss = model.graph(LMOS_TASK_CAUSAL_LM_LOSS, true, LMOS_F32, compute);
  runtime::Stream stream(device);
  TensorStore store(device);
  components::load_weights(store, stream, loss, weights, LMOS_F32, where);
  runtime::Buffer arena;
  std::unique_ptr<StepRunner> runner;
  std::vector<TrajectoryComparison> results;
  for (size_t step = 0; step < losses.size(); ++step) {
    const std::string prefix = "train." + std::to_string(step) + ".";
    const Ids ids = read_ids(expected.tensors(), {prefix + "input_ids"});
    const std::vector<int32_t> labels = shifted(read_ids(expected.tensors(), {prefix + "labels"}));
    if (!runner) {
      runner = std::make_unique<StepRunner>(device, loss, StepShape{{shape_of(ids)}, 1, false, 1.0},
                                            AdamW{0.9, 0.95, 1e-8, 0.1}, store);
      arena = device.allocate(runner->arena_bytes(), runtime::MemoryCategory::kActivations);
      runner->use_arena(arena);
    }
    const StepResult ours =
        runner->run(batch_of(ids, labels), 0, static_cast<int64_t>(step), kLearningRate);
    results.push_back({static_cast<int64_t>(step), ours.loss, losses[step].as_double(place),
                       ours.grad_norm, norms[step].as_double(place)});
  }
  return results;
}

}  // namespace lmos::train
