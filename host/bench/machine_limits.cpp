#include "bench/machine_limits.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "bench/random_weights.h"
#include "bench/timing.h"
#include "graph/builder.h"
#include "graph/op.h"
#include "runtime/executable.h"
#include "runtime/tensor_store.h"

namespace lmos::bench {
namespace {

graph::ValueId parameter(graph::Builder& builder, const char* name, graph::TensorType type) {
  graph::Parameter description;
  description.name = name;
  return builder.parameter(description, std::move(type));
}

// y = x wᵀ
graph::Graph product(lmos_dtype dtype, int64_t rows, int64_t inputs, int64_t outputs) {
  graph::Graph graph;
  graph::Builder builder(graph);
  const graph::ValueId x = parameter(builder, "x", {dtype, {rows, inputs}});
  const graph::ValueId w = parameter(builder, "w", {dtype, {outputs, inputs}});
  builder.output("y", builder.one("linear", {x, w}));
  return graph;
}

// s = x
graph::Graph copy(int64_t elements) {
  graph::Graph graph;
  graph::Builder builder(graph);
  const graph::ValueId x = parameter(builder, "x", {LMOS_F32, {elements}});
  const graph::ValueId s = builder.state("s", {LMOS_F32, {elements}});
  builder.node("assign", std::vector{s, x});
  return graph;
}

// A run takes at least this long, so that starting it and waiting for it does not count.
constexpr double kRunSeconds = 2e-3;
// The smallest product that takes this long is large enough: larger ones only take more time.
constexpr double kProductSeconds = 1e-3;
constexpr int64_t kProductSizes[] = {2048, 4096, 8192};

}  // namespace

// A graph whose parameters are normal numbers: zeros would cost a GPU less power, which it spends
// on a higher clock.
class LimitProbe::Work {
 public:
  Work(runtime::Device& device, const graph::Graph& graph)
      : stream_(device), tensors_(device), executable_(device, graph), flops_(graph::flops(graph)) {
    add_random_weights(tensors_, stream_, graph, runtime::MemoryCategory::kOther, 1);
    for (const graph::Parameter& parameter : graph.parameters)
      bytes_ += static_cast<double>(graph.type(parameter.value).bytes());
    for (const graph::ValueId state : graph.states) {
      const graph::TensorType& type = graph.type(state);
      bytes_ += static_cast<double>(type.bytes());
      tensors_.allocate_zeros(stream_, graph.value(state).name, type,
                              runtime::MemoryCategory::kOther);
    }
    tensors_.bind_to(executable_);
    executable_.allocate();
    seconds();
    runs_ = static_cast<int>(std::clamp(std::ceil(kRunSeconds / seconds()), 1.0, 1000.0));
  }

  // Of one run.
  double seconds() {
    return seconds_of([&] {
             for (int i = 0; i < runs_; ++i) executable_.run(stream_);
             stream_.synchronize();
           }) /
           runs_;
  }
  // Of all parameters and states.
  double bytes() const { return bytes_; }
  double flops() const { return flops_; }

 private:
  runtime::Stream stream_;
  runtime::TensorStore tensors_;
  runtime::Executable executable_;
  double bytes_ = 0, flops_;
  int runs_ = 1;
};

// One token through a matrix far larger than the caches reads as many bytes as the matrix has, and
// does little else.
LimitProbe::LimitProbe(runtime::Device& device, lmos_dtype compute)
    : reading_(std::make_unique<Work>(device, product(LMOS_F32, 1, 8192, 16384))),
      copy_(std::make_unique<Work>(device, copy(int64_t{1} << 26))) {
  for (const int64_t size : kProductSizes) {
    product_ = std::make_unique<Work>(device, product(compute, size, size, size));
    product_size_ = size;
    if (product_->seconds() >= kProductSeconds) break;
  }
}

LimitProbe::~LimitProbe() = default;

MachineLimits LimitProbe::measure() {
  return {reading_->bytes() / reading_->seconds(), product_->flops() / product_->seconds()};
}

double LimitProbe::copy_bytes_per_second() {
  std::vector<double> seconds;
  for (int i = 0; i < 5; ++i) seconds.push_back(copy_->seconds());
  return copy_->bytes() / median(std::move(seconds));
}

}  // namespace lmos::bench
