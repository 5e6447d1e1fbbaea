#include "bench/machine_limits.h"

#include "bench/timing.h"
#include "graph/builder.h"
#include "graph/op.h"
#include "runtime/executable.h"
#include "runtime/tensor_store.h"

namespace lmos::bench {
namespace {

constexpr double kBudgetSeconds = 1;

// Seconds of one run of a graph whose parameters are all zeros.
double seconds_of(runtime::Device& device, const graph::Graph& graph) {
  runtime::Stream stream(device);
  runtime::TensorStore tensors(device);
  runtime::Executable executable(device, graph);
  for (const graph::Parameter& parameter : graph.parameters)
    tensors.allocate_zeros(stream, parameter.name, graph.type(parameter.value),
                           runtime::MemoryCategory::kOther);
  tensors.bind_to(executable);
  executable.allocate();
  return time_runs(kBudgetSeconds,
                   [&] {
                     executable.run(stream);
                     stream.synchronize();
                   })
      .seconds;
}

graph::ValueId parameter(graph::Builder& builder, const char* name, graph::TensorType type) {
  graph::Parameter description;
  description.name = name;
  return builder.parameter(description, std::move(type));
}

// One token through a matrix far larger than the caches: as many bytes as the matrix has, and
// little else.
double read_rate(runtime::Device& device) {
  constexpr int64_t kRows = 16384, kColumns = 8192;
  graph::Graph graph;
  graph::Builder builder(graph);
  const graph::ValueId x = parameter(builder, "x", {LMOS_F32, {1, kColumns}});
  const graph::ValueId matrix = parameter(builder, "matrix", {LMOS_F32, {kRows, kColumns}});
  builder.output("y", builder.one("linear", {x, matrix}));
  return static_cast<double>(graph.type(matrix).bytes()) / seconds_of(device, graph);
}

double product_rate(runtime::Device& device, lmos_dtype compute) {
  constexpr int64_t kSize = 2048;
  graph::Graph graph;
  graph::Builder builder(graph);
  const graph::ValueId x = parameter(builder, "x", {compute, {kSize, kSize}});
  const graph::ValueId matrix = parameter(builder, "matrix", {compute, {kSize, kSize}});
  builder.output("y", builder.one("linear", {x, matrix}));
  return graph::flops(graph) / seconds_of(device, graph);
}

}  // namespace

MachineLimits measure_limits(runtime::Device& device, lmos_dtype compute) {
  return {read_rate(device), product_rate(device, compute)};
}

}  // namespace lmos::bench
