#include "train/trainer.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "components/peft_adapter.h"
#include "components/weights.h"
#include "errors/error.h"
#include "formats/atomic_file.h"
#include "formats/json_text.h"
#include "formats/metrics_log.h"
#include "formats/model_files.h"
#include "formats/safetensors.h"
#include "formats/tensor_check.h"
#include "formats/tensorboard.h"
#include "train/initialize.h"
#include "train/model_files.h"
#include "train/run_graph.h"
#include "train/schedule.h"
#include "train/step_runner.h"

namespace lmos::train {
namespace {

using Clock = std::chrono::steady_clock;
using runtime::MemoryCategory;
using runtime::TensorStore;

// A metric that is a count is written as an integer.
Json count_or_number(double value) {
  const bool whole = value == std::floor(value) && std::abs(value) < 0x1p53;
  return whole ? Json(static_cast<int64_t>(value)) : Json(value);
}

class Loop {
 public:
  Loop(const Pipeline& pipeline, TrainingParts& parts, const RunFolder& folder, RunEvents& events)
      : pipeline_(pipeline),
        parts_(parts),
        folder_(folder),
        events_(events),
        checkpoints_(folder.path()),
        stream_(*parts.device),
        tensors_(*parts.device),
        graph_(run_graph(*parts.model, parts.task->loss_graph(), true, pipeline)),
        loss_(graph_.loss),
        files_(model_files(pipeline, *parts.task, *parts.model, *parts.tokenizer)) {
    if (pipeline.lora) files_.config = adapter_config();
    load_tensors();
    const OptimizerSection& optimizer = *pipeline.optimizer;
    const StepShape shape = step_shape(pipeline, parts.training->shapes());
    scaled_ = shape.scaled;
    if (scaled_ && !state_.loss_scale)
      state_.loss_scale = {.scale = pipeline.train->loss_scale.initial};
    runner_ = std::make_unique<StepRunner>(
        *parts.device, loss_, shape,
        AdamW{optimizer.beta1, optimizer.beta2, optimizer.eps, optimizer.weight_decay}, tensors_);
    if (parts.validation && pipeline.evaluate)
      evaluator_ = std::make_unique<Evaluator>(
          *parts.device, run_graph(*parts.model, parts.task->loss_graph(), false, pipeline).loss,
          *parts.task, *parts.validation, tensors_);
    arena_ = parts.device->allocate(
        std::max(runner_->arena_bytes(), evaluator_ ? evaluator_->arena_bytes() : 0),
        MemoryCategory::kActivations);
    runner_->use_arena(arena_);
    if (evaluator_) evaluator_->use_arena(arena_);
    const int64_t logged = state_.step == 0 ? -1 : state_.step;
    metrics_ = std::make_unique<MetricsLog>(folder.metrics(), logged);
    evaluations_ = std::make_unique<MetricsLog>(folder.evaluations(), logged);
    board_ = std::make_unique<TensorBoardWriter>(
        folder.tensorboard(), state_.step == 0 ? std::nullopt : std::optional(state_.step + 1));
  }

  bool run(const std::atomic<bool>& interrupted) {
    const int64_t steps = pipeline_.train->steps;
    events_.on_begin(state_.step, steps);
    while (state_.step < steps) {
      if (interrupted.load()) {
        if (saved_step_ != state_.step) save();
        return false;
      }
      step();
      const bool last = state_.step == steps;
      if (evaluator_ && (last || state_.step % pipeline_.evaluate->every == 0)) evaluate();
      if (last || state_.step % pipeline_.checkpoint->every == 0) save();
    }
    write_memory();
    return true;
  }

 private:
  // Most bytes of buffers in use, by what they are for, and of the process: what `validate`
  // predicted.
  void write_memory() const {
    const runtime::MemoryAccount& account = parts_.device->memory();
    Json json = Json::Object();
    json.set("peak_bytes", account.total().peak);
    json.set("weights_bytes", account.use(MemoryCategory::kParameters).peak);
    json.set("frozen_bytes", frozen_bytes());
    json.set("gradients_bytes", account.use(MemoryCategory::kGradients).peak);
    json.set("optimizer_bytes", account.use(MemoryCategory::kOptimizer).peak);
    json.set("inputs_bytes", account.use(MemoryCategory::kInputs).peak);
    json.set("activations_bytes", account.use(MemoryCategory::kActivations).peak);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    json.set("resident_peak_bytes", int64_t{usage.ru_maxrss} * 1024);
    write_file_atomically(folder_.path() / "memory.json", indented_json(json));
  }

  uint64_t frozen_bytes() const {
    uint64_t bytes = 0;
    for (const graph::ValueId state : loss_.states) bytes += loss_.type(state).bytes();
    return bytes;
  }

  // Parameters and moments from the newest checkpoint; else parameters from model.path or from the
  // seed. With LoRA, the model's weights always come from model.path.
  void load_tensors() {
    state_.seed = static_cast<uint64_t>(pipeline_.seed);
    if (pipeline_.lora) load_base();
    if (pipeline_.checkpoint->resume == ResumeMode::kAuto)
      if (const auto found =
              checkpoints_.newest([&](const std::string& line) { events_.on_note(line); })) {
        load_checkpoint(*found);
        return;
      }
    if (!pipeline_.model.path.empty() && !pipeline_.lora) {
      load_model();
      return;
    }
    for (const graph::Parameter& parameter : loss_.parameters) add_initialized(parameter);
  }

  void load_base() {
    base_weights_ = ModelFiles(pipeline_.model.path).open_weights();
    components::load_weights(tensors_, stream_, graph_.base, *base_weights_,
                             pipeline_.backend.compute, pipeline_.model.path, {.share = true});
  }

  void load_checkpoint(const Checkpoints::Found& found) {
    const std::filesystem::path adapter = found.folder / components::kAdapterWeightsFile;
    components::load_weights(
        tensors_, stream_, loss_,
        pipeline_.lora ? open_weights_file(adapter) : open_weights_folder(found.folder), LMOS_F32,
        found.folder.string());
    load_moments(found.folder);
    state_ = found.state;
    saved_step_ = state_.step;
    events_.on_note("going on from step " + std::to_string(state_.step) + " in " +
                    found.folder.string());
  }

  // Of model.path. A model that was made for another task lends what both have: the rest of the
  // parameters is new.
  void load_model() {
    std::string added;
    components::LoadOptions options;
    if (parts_.model->task() != parts_.task->model_task()) {
      options.part = true;
      options.absent = [&](const graph::Parameter& parameter) {
        add_initialized(parameter);
        added += (added.empty() ? "" : ", ") + parameter.name;
      };
    }
    components::load_weights(tensors_, stream_, loss_,
                             ModelFiles(pipeline_.model.path).open_weights(), LMOS_F32,
                             pipeline_.model.path, options);
    if (!added.empty()) events_.on_note("not in " + pipeline_.model.path + ", so new: " + added);
  }

  void add_initialized(const graph::Parameter& parameter) {
    const graph::TensorType& type = loss_.type(parameter.value);
    std::vector<float> values(static_cast<size_t>(type.elements()));
    initialize(parameter, state_.seed, values);
    tensors_.allocate(parameter.name, type, MemoryCategory::kParameters);
    runtime::upload_now(stream_, tensors_.operand(parameter.name), std::span<const float>(values));
  }

  void load_moments(const std::filesystem::path& checkpoint) {
    const SafetensorsFile file(optimizer_file(checkpoint));
    std::vector<ExpectedTensor> expected;
    for (const graph::Parameter& parameter : loss_.parameters)
      for (const char* moment : {"first_moment.", "second_moment."})
        expected.push_back({moment + parameter.name, loss_.type(parameter.value).dims});
    check_tensors(expected, shapes_of(file.tensors()), optimizer_file(checkpoint).string());
    for (const auto& [name, view] : file.tensors()) {
      tensors_.allocate(name, {LMOS_F32, view.shape}, MemoryCategory::kOptimizer);
      runtime::upload_now(stream_, tensors_.operand(name), view.data);
    }
  }

  void step() {
    const auto start = Clock::now();
    const double rate =
        pipeline_.optimizer->lr *
        learning_rate_ratio(*pipeline_.schedule, state_.step, pipeline_.train->steps);
    const LossScale scale = state_.loss_scale.value_or(LossScale{});
    const StepResult result = runner_->run(*parts_.training, state_.seed, state_.step, rate, scale);
    const bool finite = std::isfinite(result.grad_norm);
    if (scaled_) {
      if (!state_.loss_scale->update(pipeline_.train->loss_scale, finite)) stop_scaling(scale);
    }
    if (!(finite && std::isfinite(result.loss)) && (finite || !scaled_))
      stop_not_finite(result, rate);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    ++state_.step;
    state_.tokens += result.tokens;
    const StepReport report{state_.step,      pipeline_.train->steps,
                            result.loss,      result.losses,
                            result.grad_norm, rate,
                            state_.tokens,    static_cast<double>(result.tokens) / seconds,
                            seconds};
    log(report, scale);
    events_.on_step(report);
  }

  // `scale`: that of the step.
  void log(const StepReport& report, const LossScale& scale) {
    Json::Object values = {{"loss", report.loss}};
    std::vector<TensorBoardScalar> scalars = {
        {"train/loss", static_cast<float>(report.loss)},
        {"train/grad_norm", static_cast<float>(report.grad_norm)},
        {"train/learning_rate", static_cast<float>(report.learning_rate)},
        {"train/tokens_per_second", static_cast<float>(report.tokens_per_second)}};
    if (report.losses.size() > 1)
      for (const auto& [name, mean] : report.losses) {
        values.push_back({name, mean});
        scalars.push_back({"train/" + name, static_cast<float>(mean)});
      }
    values.insert(values.end(), {{"grad_norm", report.grad_norm},
                                 {"learning_rate", report.learning_rate},
                                 {"tokens", report.tokens},
                                 {"tokens_per_second", report.tokens_per_second},
                                 {"seconds", report.seconds}});
    if (scaled_) {
      values.insert(values.end(),
                    {{"loss_scale", scale.scale}, {"skipped_steps", state_.loss_scale->skipped}});
      scalars.push_back({"train/loss_scale", static_cast<float>(scale.scale)});
    }
    metrics_->append(report.step, values);
    board_->add_scalars(report.step, scalars);
  }

  std::string last_checkpoint() const {
    return saved_step_ < 0
               ? "there is no checkpoint yet"
               : "the last good checkpoint is that of step " + std::to_string(saved_step_) +
                     " in " + (folder_.path() / "checkpoints").string();
  }

  [[noreturn]] void stop_scaling(const LossScale& scale) {
    char number[32];
    std::snprintf(number, sizeof number, "%g", scale.scale);
    throw Error(ErrorKind::kNumeric,
                "step " + std::to_string(state_.step + 1) +
                    ": the gradients are not finite even at a loss scale of " + number +
                    ", after " + std::to_string(state_.loss_scale->skipped) + " skipped steps; " +
                    last_checkpoint() +
                    ". The next scale would be below train.loss_scale.minimum. Lower optimizer.lr, "
                    "or compute in bfloat16 or float32.");
  }

  [[noreturn]] void stop_not_finite(const StepResult& result, double rate) {
    throw Error(ErrorKind::kNumeric, "step " + std::to_string(state_.step + 1) + ": the loss is " +
                                         std::to_string(result.loss) + " and the gradient norm " +
                                         std::to_string(result.grad_norm) + " at learning rate " +
                                         std::to_string(rate) + "; " + last_checkpoint() +
                                         ". Lower optimizer.lr or optimizer.clip, lengthen "
                                         "schedule.warmup, or compute in float32.");
  }

  void evaluate() {
    const EvaluationResult result = evaluator_->run(pipeline_.evaluate->batches);
    Json::Object values = {{"loss", result.loss}};
    std::vector<TensorBoardScalar> scalars = {{"validation/loss", static_cast<float>(result.loss)}};
    for (const auto& [name, value] : result.metrics) {
      values.push_back({name, count_or_number(value)});
      scalars.push_back({"validation/" + name, static_cast<float>(value)});
    }
    board_->add_scalars(state_.step, scalars);
    evaluations_->append(state_.step, values);
    events_.on_evaluation(state_.step, result);
  }

  void save() {
    CheckpointContents contents{state_, pipeline_.lora.has_value(), files_, {}, {}, {}};
    for (const graph::Parameter& parameter : loss_.parameters) {
      const std::vector<int64_t>& dims = loss_.type(parameter.value).dims;
      contents.weights.push_back({parameter.name, LMOS_F32, dims});
      for (const char* moment : {"first_moment.", "second_moment."})
        contents.optimizer.push_back({moment + parameter.name, LMOS_F32, dims});
    }
    std::vector<std::byte> staging;
    contents.read = [&](const std::string& name,
                        const std::function<void(std::span<const std::byte>)>& take) {
      staging.resize(tensors_.type(name).bytes());
      runtime::download_now(stream_, std::span(staging), tensors_.operand(name));
      take(staging);
    };
    metrics_->sync();
    const auto path = checkpoints_.save(contents, pipeline_.checkpoint->keep);
    saved_step_ = state_.step;
    events_.on_checkpoint(path);
  }

  Json adapter_config() const {
    const LoraSection& lora = *pipeline_.lora;
    return components::peft_config_json({pipeline_.model.path, lora.rank, lora.alpha, lora.dropout},
                                        graph_.base, graph_.modules);
  }

  const Pipeline& pipeline_;
  TrainingParts& parts_;
  const RunFolder& folder_;
  RunEvents& events_;
  Checkpoints checkpoints_;
  runtime::Stream stream_;
  std::optional<Weights> base_weights_;  // of a model that is adapted; outlives the tensors
  TensorStore tensors_;
  RunGraph graph_;
  const graph::Graph& loss_;
  HuggingFaceFiles files_;  // of every checkpoint
  TrainerState state_;
  bool scaled_ = false;  // in float16
  int64_t saved_step_ = -1;
  runtime::Buffer arena_;
  std::unique_ptr<StepRunner> runner_;
  std::unique_ptr<Evaluator> evaluator_;
  std::unique_ptr<MetricsLog> metrics_, evaluations_;
  std::unique_ptr<TensorBoardWriter> board_;
};

}  // namespace

bool train(const Pipeline& pipeline, TrainingParts& parts, const RunFolder& folder,
           RunEvents& events, const std::atomic<bool>& interrupted) {
  return Loop(pipeline, parts, folder, events).run(interrupted);
}

}  // namespace lmos::train
