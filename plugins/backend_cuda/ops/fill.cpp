// constant, iota: tensors from attributes alone.
#include <memory>
#include <vector>

#include "check.h"
#include "cuda/elementwise/elementwise.h"
#include "device.h"
#include "ops/operations.h"

namespace lmos::backend_cuda {
namespace {

// Values on the device, for as long as the kernel that copies them.
std::shared_ptr<double> on_device(std::span<const double> values) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, values.size_bytes()), "allocating a constant");
  std::shared_ptr<double> owner(static_cast<double*>(memory),
                                [](double* memory) { cudaFree(memory); });
  check(cudaMemcpy(memory, values.data(), values.size_bytes(), cudaMemcpyHostToDevice),
        "uploading a constant");
  return owner;
}

}  // namespace

Prepared prepare_constant(const Node& node, const Device&) {
  node.require_operands(0, 0, 1);
  const Tensor y = node.output(0);
  const std::span<const double> values = node.numbers("values");
  const auto count = static_cast<int64_t>(values.size());
  node.require(count == 1 || count == y.elements, "one value, or one an element");
  if (count == 1) {
    return {[value = values[0], type = scalar_type(y), count = y.elements](const Run& run) {
      cuda::fill(run.stream, type, value, count, run[0]);
    }};
  }
  if (count == 0) return {[](const Run&) {}};
  return {[list = on_device(values), type = scalar_type(y), count](const Run& run) {
    cuda::convert(run.stream, false, cuda::Scalar::f64, type, count, list.get(), run[0]);
  }};
}

Prepared prepare_iota(const Node& node, const Device&) {
  node.require_operands(0, 0, 1);
  const Tensor y = node.output(0);
  const int64_t axis = node.integer("axis");
  node.require(axis >= 0 && axis < y.rank(), "an axis of the shape");
  int64_t step = 1;
  for (int64_t i = axis + 1; i < y.rank(); ++i) step *= y.dims[i];
  return {[step, size = y.dims[axis], type = scalar_type(y), count = y.elements](const Run& run) {
    cuda::iota(run.stream, type, step, size, count, run[0]);
  }};
}

}  // namespace lmos::backend_cuda
