// A bound graph, ready to run on one device: kernels prepared, memory planned, operands resolved.
//
//   Executable step(device, graph::bind(graph, {{"tokens", 512}}));
//   step.plan().arena_bytes;              // known before anything is allocated
//   step.allocate();
//   parameters.bind_to(step);             // TensorStore: parameters and states by name
//   step.bind("tokens", batch.operand()); // inputs
//   step.run(stream);                     // as often as wanted: nothing is looked up or allocated
//   stream.synchronize();
//   download_now(stream, loss, step.output("loss"));
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "llmasos/backend.h"
#include "passes/memory_plan.h"
#include "runtime/device.h"

namespace lmos::runtime {

class Profiler;

// One call at a time. Its device outlives it.
class Executable {
 public:
  // Decomposes what the device does not support, prepares a kernel for each node and plans the
  // memory; allocates no device memory for values. Every shape in `graph` is a number. Throws
  // kPlugin where a primitive is unsupported or a kernel can't be prepared.
  Executable(Device& device, graph::Graph graph);
  ~Executable();
  Executable(Executable&&) noexcept;

  Device& device() const { return device_; }
  // After decomposition: value ids and node indices below are this graph's.
  const graph::Graph& graph() const { return graph_; }
  const passes::MemoryPlan& plan() const { return plan_; }

  // Allocates the arena of the plan. Throws kResource where memory is short.
  void allocate();
  // Uses another's memory as the arena instead, of at least plan().arena_bytes, which outlives the
  // executable. Executables that share one run one after another on one stream, and a run
  // overwrites the others' outputs.
  void use_arena(const Buffer& arena);

  // Where an input, parameter or state lies; it holds until it is bound anew. The memory holds the
  // value's bytes. Throws kInternal if the graph has no such name.
  void bind(std::string_view name, lmos_operand operand);
  void bind(graph::ValueId value, lmos_operand operand);
  // As above, and throws kInternal if the buffer is too small.
  void bind(std::string_view name, const Buffer& buffer);

  // Enqueues all nodes. From the second run after a change of the bindings or the arena on, a
  // device that can record launches them as one. Throws kInternal if the arena is missing or a
  // value is not bound, kPlugin naming node, op and shapes if a kernel fails.
  void run(Stream& stream);

  // Where an output lies: valid once run's work is done, until the next run. Throws kInternal if
  // there is none of that name.
  lmos_operand output(std::string_view name) const;
  const graph::TensorType& output_type(std::string_view name) const;

  // From the next run on, measures each node, waiting for the device after each. Null ends it. The
  // profiler outlives its use.
  void set_profiler(Profiler* profiler);

  // Node by node, for comparison with another device. Between two calls, the operands of the node
  // that ran last are intact.
  void run_node(Stream& stream, size_t node);
  // Where a value lies; an absent one has no buffer. Its bytes are those of the value only while it
  // is live in the plan.
  lmos_operand operand(graph::ValueId value) const;

 private:
  struct KernelRelease {
    const lmos_backend_interface* table;
    void operator()(lmos_kernel* kernel) const { table->kernel_release(kernel); }
  };
  using KernelPointer = std::unique_ptr<lmos_kernel, KernelRelease>;
  struct RecordingRelease {
    const lmos_capture_interface* table;
    void operator()(lmos_recording* recording) const { table->recording_release(recording); }
  };
  using RecordingPointer = std::unique_ptr<lmos_recording, RecordingRelease>;
  // One call of kernel_run.
  struct Step {
    lmos_kernel* kernel;
    size_t first_operand;  // in operands_
    size_t operand_count;
    lmos_operand scratch;
    size_t node;
  };

  void prepare_kernels();
  void build_steps();
  void place_arena(lmos_operand arena);
  void set_operand(graph::ValueId value, lmos_operand operand);
  void require_runnable() const;
  void run_step(Stream& stream, const Step& step);
  void run_steps(Stream& stream);
  void run_recorded(Stream& stream);
  RecordingPointer record(Stream& stream);
  void forget_recording();
  void run_profiled(Stream& stream);
  [[noreturn]] void fail_node(lmos_status status, size_t node, const char* doing) const;
  graph::ValueId named_value(std::string_view name) const;
  const graph::Output& named_output(std::string_view name) const;

  Device& device_;
  graph::Graph graph_;
  std::vector<KernelPointer> kernels_;   // by node
  std::vector<uint64_t> scratch_bytes_;  // by node
  passes::MemoryPlan plan_;
  Buffer arena_;
  bool placed_ = false;

  std::vector<Step> steps_;
  std::vector<lmos_operand> operands_;     // of all steps, one after another
  std::vector<std::vector<size_t>> uses_;  // by value: places in operands_
  std::vector<lmos_operand> locations_;    // by value
  std::vector<graph::ValueId> unbound_;    // inputs, parameters and states still to be bound
  // Kernels set themselves up in the first run; the second is recorded.
  bool ran_as_bound_ = false;
  RecordingPointer recording_;  // after kernels_, which it refers to

  Profiler* profiler_ = nullptr;
  std::vector<size_t> profile_rows_;  // by node
};

}  // namespace lmos::runtime
