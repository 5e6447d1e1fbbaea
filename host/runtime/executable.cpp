#include "runtime/executable.h"

#include <algorithm>
#include <chrono>

#include "errors/error.h"
#include "graph/op.h"
#include "graph/verify.h"
#include "passes/decompose.h"
#include "runtime/node_view.h"
#include "runtime/profiler.h"
#include "runtime/status.h"
#include "runtime/supports.h"

namespace lmos::runtime {
namespace {

lmos_operand at(lmos_operand base, uint64_t offset) { return {base.buffer, base.offset + offset}; }

// The graph in which the device has a kernel for every node.
graph::Graph lowered(graph::Graph graph, const Device& device) {
  const passes::Supports supports = supports_of(device);
  if (device.strict()) {
    for (const graph::Node& node : graph.nodes) {
      if (supports(graph, node)) continue;
      throw Error(ErrorKind::kPlugin,
                  "backend `" + device.backend() + "` has no kernel for " +
                      std::string(node.op->name) + " " + shapes_of(graph, node) +
                      "; without backend.strict it would run as simpler operations");
    }
  }
  return passes::decompose(std::move(graph), supports);
}

}  // namespace

Executable::Executable(Device& device, graph::Graph graph)
    : device_(device),
      graph_(lowered(std::move(graph), device)),
      recording_(nullptr, {device.capture()}) {
  graph::verify(graph_);
  prepare_kernels();
  // The plan asks node by node, in order.
  plan_ = passes::plan_memory(graph_, [this](const graph::Graph&, const graph::Node& node) {
    return scratch_bytes_[static_cast<size_t>(&node - graph_.nodes.data())];
  });
  locations_.resize(graph_.values.size());
  build_steps();
  for (size_t id = 0; id < graph_.values.size(); ++id) {
    if (graph_.values[id].kind != graph::ValueKind::kNode) {
      unbound_.push_back(static_cast<graph::ValueId>(id));
    }
  }
}

Executable::~Executable() = default;
Executable::Executable(Executable&&) noexcept = default;

void Executable::prepare_kernels() {
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    NodeView view(graph_, graph_.nodes[i]);
    lmos_kernel* kernel = nullptr;
    uint64_t scratch = 0;
    lmos_status status =
        device_.table().kernel_prepare(device_.get(), &view.get(), &kernel, &scratch);
    if (status != LMOS_OK) fail_node(status, i, "preparing");
    kernels_.emplace_back(kernel, KernelRelease{&device_.table()});
    scratch_bytes_.push_back(scratch);
  }
}

void Executable::build_steps() {
  uses_.resize(graph_.values.size());
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (plan_.is_alias[i]) continue;
    const graph::Node& node = graph_.nodes[i];
    size_t first = operands_.size();
    auto add_operand = [&](graph::ValueId id) {
      if (id != graph::kNoValue) uses_[id].push_back(operands_.size());
      operands_.push_back({});
    };
    for (graph::ValueId id : node.inputs) add_operand(id);
    for (graph::ValueId id : node.outputs) add_operand(id);
    steps_.push_back({kernels_[i].get(), first, operands_.size() - first, {}, i});
  }
}

void Executable::set_operand(graph::ValueId value, lmos_operand operand) {
  forget_recording();
  locations_[value] = operand;
  for (size_t place : uses_[value]) operands_[place] = operand;
}

void Executable::place_arena(lmos_operand arena) {
  for (size_t id = 0; id < graph_.values.size(); ++id) {
    if (plan_.offsets[id] != passes::kNoOffset) {
      set_operand(static_cast<graph::ValueId>(id), at(arena, plan_.offsets[id]));
    }
  }
  for (Step& step : steps_) {
    uint64_t offset = plan_.scratch_offsets[step.node];
    step.scratch = offset == passes::kNoOffset ? lmos_operand{} : at(arena, offset);
  }
  placed_ = true;
}

void Executable::allocate() {
  arena_ = device_.allocate(plan_.arena_bytes, MemoryCategory::kActivations);
  place_arena(arena_.operand());
}

void Executable::use_arena(const Buffer& arena) {
  if (arena.bytes() < plan_.arena_bytes) {
    throw Error(ErrorKind::kInternal, "the shared arena has " + std::to_string(arena.bytes()) +
                                          " bytes but the plan needs " +
                                          std::to_string(plan_.arena_bytes));
  }
  arena_ = {};
  place_arena(arena.operand());
}

graph::ValueId Executable::named_value(std::string_view name) const {
  graph::ValueId id = graph_.find_input(name);
  if (id == graph::kNoValue) id = graph_.find_state(name);
  const graph::Parameter* parameter = graph_.find_parameter(name);
  if (id == graph::kNoValue && parameter) id = parameter->value;
  if (id == graph::kNoValue) {
    throw Error(ErrorKind::kInternal,
                "the graph has no input, parameter or state `" + std::string(name) + "` to bind");
  }
  return id;
}

void Executable::bind(std::string_view name, lmos_operand operand) {
  bind(named_value(name), operand);
}

void Executable::bind(graph::ValueId value, lmos_operand operand) {
  if (graph_.value(value).kind == graph::ValueKind::kNode) {
    throw Error(ErrorKind::kInternal, "value " + std::to_string(value) +
                                          " is a node's result: the plan places it, not bind");
  }
  set_operand(value, operand);
  std::erase(unbound_, value);
}

void Executable::bind(std::string_view name, const Buffer& buffer) {
  graph::ValueId id = named_value(name);
  if (buffer.bytes() < graph_.type(id).bytes()) {
    throw Error(ErrorKind::kInternal,
                "`" + std::string(name) + "` is " + graph::to_string(graph_.type(id), &graph_) +
                    " but its buffer has " + std::to_string(buffer.bytes()) + " bytes");
  }
  bind(id, buffer.operand());
}

void Executable::require_runnable() const {
  if (!placed_) {
    throw Error(ErrorKind::kInternal, "an executable was run before its memory was allocated");
  }
  if (!unbound_.empty()) {
    const graph::Value& value = graph_.value(unbound_.front());
    throw Error(ErrorKind::kInternal, "`" + value.name + "` " +
                                          graph::to_string(value.type, &graph_) +
                                          " was not bound before the run");
  }
}

void Executable::fail_node(lmos_status status, size_t node, const char* doing) const {
  const graph::Node& n = graph_.nodes[node];
  fail(status, "backend `" + device_.backend() + "`: " + doing + " node " + std::to_string(node) +
                   " " + std::string(n.op->name) + " (" + shapes_of(graph_, n) + ")");
}

void Executable::run_step(Stream& stream, const Step& step) {
  lmos_status status =
      device_.table().kernel_run(step.kernel, stream.get(), operands_.data() + step.first_operand,
                                 step.operand_count, step.scratch);
  if (status != LMOS_OK) [[unlikely]] {
    fail_node(status, step.node, "running");
  }
}

void Executable::run(Stream& stream) {
  require_runnable();
  if (profiler_) return run_profiled(stream);
  if (device_.capture() != nullptr && ran_as_bound_) return run_recorded(stream);
  run_steps(stream);
  ran_as_bound_ = true;
}

void Executable::run_steps(Stream& stream) {
  for (const Step& step : steps_) run_step(stream, step);
}

void Executable::run_recorded(Stream& stream) {
  if (!recording_) recording_ = record(stream);
  device_.check(device_.capture()->launch(recording_.get(), stream.get()),
                "launching a recorded run");
}

Executable::RecordingPointer Executable::record(Stream& stream) {
  const lmos_capture_interface* capture = device_.capture();
  device_.check(capture->begin(stream.get()), "recording a run");
  lmos_recording* recording = nullptr;
  try {
    run_steps(stream);
  } catch (...) {
    if (capture->end(stream.get(), &recording) == LMOS_OK) capture->recording_release(recording);
    throw;
  }
  device_.check(capture->end(stream.get(), &recording), "recording a run");
  return {recording, {capture}};
}

void Executable::forget_recording() {
  recording_.reset();
  ran_as_bound_ = false;
}

void Executable::run_node(Stream& stream, size_t node) {
  require_runnable();
  auto step = std::ranges::lower_bound(steps_, node, {}, &Step::node);
  if (step != steps_.end() && step->node == node) run_step(stream, *step);
}

void Executable::set_profiler(Profiler* profiler) {
  profiler_ = profiler;
  profile_rows_.clear();
  if (!profiler) return;
  for (const graph::Node& node : graph_.nodes) profile_rows_.push_back(profiler->row(graph_, node));
}

void Executable::run_profiled(Stream& stream) {
  stream.synchronize();
  for (const Step& step : steps_) {
    auto begin = Profiler::Clock::now();
    run_step(stream, step);
    stream.synchronize();
    profiler_->record(profile_rows_[step.node], begin, Profiler::Clock::now());
  }
}

const graph::Output& Executable::named_output(std::string_view name) const {
  auto found = std::ranges::find(graph_.outputs, name, &graph::Output::name);
  if (found == graph_.outputs.end()) {
    throw Error(ErrorKind::kInternal, "the graph has no output `" + std::string(name) + "`");
  }
  return *found;
}

lmos_operand Executable::output(std::string_view name) const {
  return operand(named_output(name).value);
}

const graph::TensorType& Executable::output_type(std::string_view name) const {
  return graph_.type(named_output(name).value);
}

lmos_operand Executable::operand(graph::ValueId value) const {
  return value == graph::kNoValue ? lmos_operand{} : locations_[value];
}

}  // namespace lmos::runtime
