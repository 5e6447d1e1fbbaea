// broadcast, reshape, transpose, slice, pad, concat: elements move, none is computed.
#include <cstring>

#include "cpu/movement/strided_copy.h"
#include "ops/operations.h"

namespace lmos::backend_cpu {
namespace {

using Steps = std::vector<int64_t>;

Steps steps_of(std::span<const int64_t> dims) {
  Steps steps(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) steps[i - 1] = steps[i] * dims[i];
  return steps;
}

cpu::StridedCopy copy_plan(int32_t element_bytes, std::span<const int64_t> dims, const Steps& from,
                           const Steps& to) {
  cpu::StridedCopy copy{element_bytes, static_cast<int32_t>(dims.size()), {}, {}, {}};
  for (size_t i = 0; i < dims.size(); ++i) {
    copy.dims[i] = dims[i];
    copy.from_steps[i] = from[i];
    copy.to_steps[i] = to[i];
  }
  return cpu::simplified(copy);
}

// y[index] = x[base + Σ index · steps] for each index of y.
Prepared gather(const Tensor& y, const Steps& steps, int64_t base) {
  return {[copy = copy_plan(y.element_bytes, y.dims, steps, steps_of(y.dims)),
           offset = base * y.element_bytes](const Run& run) {
    cpu::strided_copy(run.parallel, copy, run.as<const char>(0) + offset, run[1]);
  }};
}

int64_t axis_of(const Node& node, const Tensor& x) {
  const int64_t axis = node.integer("axis");
  node.require(axis >= 0 && axis < x.rank(), "an axis of the input");
  return axis;
}

// Whether x and y have one dtype and differ along the axis at most.
bool agree_but_along(const Tensor& x, const Tensor& y, int64_t axis) {
  bool agree = x.dtype == y.dtype && x.rank() == y.rank();
  for (int64_t i = 0; agree && i < x.rank(); ++i) agree = i == axis || x.dims[i] == y.dims[i];
  return agree;
}

}  // namespace

Prepared prepare_broadcast(const Node& node, const Machine&) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  node.require(x.dtype == y.dtype && x.rank() <= y.rank(),
               "an output of at least the input's rank");
  const Steps own = steps_of(x.dims);
  Steps steps(y.dims.size(), 0);
  const int64_t leading = y.rank() - x.rank();
  for (int64_t i = 0; i < x.rank(); ++i) {
    node.require(x.dims[i] == 1 || x.dims[i] == y.dims[leading + i],
                 "input dims that are 1 or equal the output's");
    steps[leading + i] = x.dims[i] == 1 ? 0 : own[i];
  }
  return gather(y, steps, 0);
}

Prepared prepare_reshape(const Node& node, const Machine&) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  node.require(x.dtype == y.dtype && x.elements == y.elements, "as many elements of one dtype");
  const std::vector<int64_t> flat = {y.elements};
  return {[copy = copy_plan(y.element_bytes, flat, {1}, {1})](const Run& run) {
    cpu::strided_copy(run.parallel, copy, run[0], run[1]);
  }};
}

Prepared prepare_transpose(const Node& node, const Machine&) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  const std::span<const int64_t> permutation = node.integers("permutation");
  node.require(x.dtype == y.dtype && x.rank() == y.rank() && permutation.size() == x.dims.size(),
               "a permutation of the input's axes");
  const Steps own = steps_of(x.dims);
  Steps steps;
  uint32_t seen = 0;
  for (size_t i = 0; i < permutation.size(); ++i) {
    const int64_t axis = permutation[i];
    node.require(
        axis >= 0 && axis < x.rank() && (seen >> axis & 1u) == 0 && y.dims[i] == x.dims[axis],
        "a permutation of the input's axes");
    seen |= 1u << axis;
    steps.push_back(own[axis]);
  }
  return gather(y, steps, 0);
}

Prepared prepare_slice(const Node& node, const Machine&) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  const int64_t axis = axis_of(node, x);
  const int64_t begin = node.integer("begin"), end = node.integer("end");
  node.require(0 <= begin && begin <= end && end <= x.dims[axis] && agree_but_along(x, y, axis) &&
                   y.dims[axis] == end - begin,
               "a range of the axis, and an output of its size");
  const Steps steps = steps_of(x.dims);
  return gather(y, steps, begin * steps[axis]);
}

Prepared prepare_pad(const Node& node, const Machine&) {
  node.require_operands(1, 0, 1);
  const Tensor x = node.input(0), y = node.output(0);
  const int64_t axis = axis_of(node, x);
  const int64_t before = node.integer("before"), after = node.integer("after");
  node.require(before >= 0 && after >= 0 && agree_but_along(x, y, axis) &&
                   y.dims[axis] - before - after == x.dims[axis],
               "an output of before + size + after along the axis");
  const Steps steps = steps_of(y.dims);
  return {[copy = copy_plan(y.element_bytes, x.dims, steps_of(x.dims), steps),
           offset = before * steps[axis] * y.element_bytes, size = y.element_bytes,
           elements = y.elements](const Run& run) {
    constexpr uint64_t zero = 0;
    cpu::fill(run.parallel, size, &zero, elements, run[1]);
    cpu::strided_copy(run.parallel, copy, run[0], run.as<char>(1) + offset);
  }};
}

Prepared prepare_concat(const Node& node, const Machine&) {
  node.require(node.inputs() >= 1 && node.outputs() == 1, "an input and one output");
  const Tensor y = node.output(0);
  const int64_t axis = axis_of(node, y);
  const Steps steps = steps_of(y.dims);
  struct Part {
    cpu::StridedCopy copy;
    int64_t offset;  // bytes into y
  };
  std::vector<Part> parts;
  int64_t position = 0;
  for (size_t i = 0; i < node.inputs(); ++i) {
    const Tensor x = node.input(i);
    node.require(agree_but_along(x, y, axis), "inputs that differ along the axis only");
    parts.push_back({copy_plan(y.element_bytes, x.dims, steps_of(x.dims), steps),
                     position * steps[axis] * y.element_bytes});
    position += x.dims[axis];
  }
  node.require(position == y.dims[axis], "an output of the inputs' sum along the axis");
  return {[parts](const Run& run) {
    for (size_t i = 0; i < parts.size(); ++i) {
      cpu::strided_copy(run.parallel, parts[i].copy, run[i],
                        run.as<char>(parts.size()) + parts[i].offset);
    }
  }};
}

}  // namespace lmos::backend_cpu
