// constant, iota: tensors from attributes alone. Their bytes are formed once, when the kernel is
// prepared.
#include <cstring>
#include <memory>

#include "cpu/elementwise/scalar.h"
#include "cpu/movement/strided_copy.h"
#include "ops/element_types.h"
#include "ops/operations.h"

namespace lmos::backend_cpu {
namespace {

// `values` as elements of the dtype.
std::vector<std::byte> elements_of(std::span<const double> values, const Tensor& type) {
  std::vector<std::byte> bytes(values.size() * static_cast<size_t>(type.element_bytes));
  cpu::scalar_convert({}, {.from = cpu::Scalar::f64,
                           .to = scalar_type(type),
                           .accumulate = false,
                           .count = static_cast<int64_t>(values.size()),
                           .x = values.data(),
                           .y = bytes.data()});
  return bytes;
}

}  // namespace

Prepared prepare_constant(const Node& node, const Machine&) {
  node.require_operands(0, 0, 1);
  const Tensor y = node.output(0);
  const std::span<const double> values = node.numbers("values");
  const int64_t count = static_cast<int64_t>(values.size());
  node.require(count == 1 || count == y.elements, "one value, or one an element");
  return {[bytes = elements_of(values, y), repeats = count == 1, size = y.element_bytes,
           elements = y.elements](const Run& run) {
    if (repeats) {
      cpu::fill(run.parallel, size, bytes.data(), elements, run[0]);
    } else {
      std::memcpy(run[0], bytes.data(), bytes.size());
    }
  }};
}

Prepared prepare_iota(const Node& node, const Machine&) {
  node.require_operands(0, 0, 1);
  const Tensor y = node.output(0);
  const int64_t axis = node.integer("axis");
  node.require(axis >= 0 && axis < y.rank(), "an axis of the shape");
  std::vector<double> positions(static_cast<size_t>(y.dims[axis]));
  for (size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<double>(i);
  int64_t outer = 1, inner = 1;
  for (int64_t i = 0; i < y.rank(); ++i) {
    if (i != axis) (i < axis ? outer : inner) *= y.dims[i];
  }
  const int64_t length = y.dims[axis];
  const cpu::StridedCopy copy = cpu::simplified({.element_bytes = y.element_bytes,
                                                 .rank = 3,
                                                 .dims = {outer, length, inner},
                                                 .from_steps = {0, 1, 0},
                                                 .to_steps = {length * inner, inner, 1}});
  return {[bytes = elements_of(positions, y), copy](const Run& run) {
    cpu::strided_copy(run.parallel, copy, bytes.data(), run[0]);
  }};
}

}  // namespace lmos::backend_cpu
