#include "bench/machine_limits.h"

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

}  // namespace

// A graph whose parameters are all zeros.
class LimitProbe::Work {
 public:
  Work(runtime::Device& device, const graph::Graph& graph)
      : stream_(device), tensors_(device), executable_(device, graph) {
    flops_ = graph::flops(graph);
    for (const graph::Parameter& parameter : graph.parameters) {
      const graph::TensorType& type = graph.type(parameter.value);
      bytes_ += static_cast<double>(type.bytes());
      tensors_.allocate_zeros(stream_, parameter.name, type, runtime::MemoryCategory::kOther);
    }
    tensors_.bind_to(executable_);
    executable_.allocate();
    seconds();
  }

  double seconds() {
    return seconds_of([&] {
      executable_.run(stream_);
      stream_.synchronize();
    });
  }
  double bytes() const { return bytes_; }
  double flops() const { return flops_; }

 private:
  runtime::Stream stream_;
  runtime::TensorStore tensors_;
  runtime::Executable executable_;
  double bytes_ = 0, flops_ = 0;
};

// One token through a matrix far larger than the caches reads as many bytes as the matrix has, and
// does little else.
LimitProbe::LimitProbe(runtime::Device& device, lmos_dtype compute)
    : reading_(std::make_unique<Work>(device, product(LMOS_F32, 1, 8192, 16384))),
      product_(std::make_unique<Work>(device, product(compute, 2048, 2048, 2048))) {}

LimitProbe::~LimitProbe() = default;

MachineLimits LimitProbe::measure() {
  return {reading_->bytes() / reading_->seconds(), product_->flops() / product_->seconds()};
}

}  // namespace lmos::bench
